"""What can be said of policies beyond what they decide: why a request was denied."""
