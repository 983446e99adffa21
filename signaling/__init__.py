"""What is said over a socket: frames, sessions, and who hears them."""
