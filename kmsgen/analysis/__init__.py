"""What is right and wrong with a key policy, and why a request was denied: policies in, frozen values out."""
