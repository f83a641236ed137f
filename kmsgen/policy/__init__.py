"""What a key policy says, as frozen values; reads and writes AWS's JSON, faithfully or not at all."""
