"""Clusters that do jobs on other machines."""
