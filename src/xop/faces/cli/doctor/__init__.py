"""The examinations of `xop doctor`: each looks at one thing the platform stands on and says what to do about it."""
