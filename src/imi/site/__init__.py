"""The site: settings, URLs, health and the things every request passes through. Nothing below imports it."""
