"""What the whole house holds and risks: exposure, value at risk, stress and proposals; no input or output."""
