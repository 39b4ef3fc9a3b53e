"""A search for a recipe's settings: many trials by Optuna, judged on the validation part alone."""
