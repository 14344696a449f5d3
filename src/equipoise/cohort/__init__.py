"""From case book and protocol to cohort: who, when, and what came after."""
