"""What the whole house holds and risks, and how its capital is divided."""
