"""What the tests share: a small company's workspace and a world to run it in."""
