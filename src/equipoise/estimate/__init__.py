"""From cohort and estimand to estimates."""
