"""The web application: pages for people, views only; nothing below imports it."""
