"""What the hub finds out about a connection by itself.

Connection 1--0..1 SelfTest: what came of the hub's own event to its webhook address
Connection 1--0..1 Stock: how much is left of what its account pays for
"""

from __future__ import annotations

from django.db import models

from integrations.models.connections import Connection


class SelfTest(models.Model):
    """The last one. `failures` are those in a row, `worked_at` when one last came in by the public address.

    `near`: the hub does not reach its public address from within, and its web server took the event on this
    machine.
    """

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="self_test")
    at = models.DateTimeField()
    ok = models.BooleanField()
    near = models.BooleanField(default=False)
    sentence = models.TextField()
    failures = models.PositiveIntegerField(default=0)
    worked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.connection}: {self.sentence}"


class Stock(models.Model):
    """How much is left of what an account pays for in advance. `most` is since it was last filled up."""

    connection = models.OneToOneField(Connection, on_delete=models.CASCADE, related_name="stock")
    what = models.CharField(max_length=40)
    left = models.PositiveIntegerField()
    most = models.PositiveIntegerField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.left} {self.what} of {self.connection}"
