"""Long runs with a beginning, progress and a certain end."""
