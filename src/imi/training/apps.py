"""Registers the training world with Django."""

from django.apps import AppConfig


class TrainingConfig(AppConfig):
    """The sandbox in which people practise; without it the system runs all the same."""

    name = "imi.training"
    label = "training"
