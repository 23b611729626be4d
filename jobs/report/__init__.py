"""The report: a log as one HTML file with plots and pictures inside."""
