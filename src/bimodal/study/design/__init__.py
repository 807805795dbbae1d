"""Trial designs tried on simulated patients: power and size, escalation, looks, adaptation; each with its chance."""
