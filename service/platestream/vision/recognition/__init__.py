"""What a plate says: upright crops, texts, colours, confidence."""
