"""What runs inside the processes of a fault test beside the product: an encoder that counts, and points to die at."""
