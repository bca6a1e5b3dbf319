"""What people work off in the console: requests that wait for a word, and conversations that wait for a person."""
