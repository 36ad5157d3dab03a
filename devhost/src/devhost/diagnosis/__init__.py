"""What `devhost doctor` tells: what will not move on by itself, why, and what to do about it."""
