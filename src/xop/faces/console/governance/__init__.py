"""What the pages of governance say, prepared from what the API answers."""
