"""A vernietigingslijst: fields and routes."""
