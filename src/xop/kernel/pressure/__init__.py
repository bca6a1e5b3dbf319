"""Contact pressure: caps, quiet hours and suppression that count every sender alike."""
