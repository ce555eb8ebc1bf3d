"""What the questions say: findings with certainty; opens no source file."""
