"""What the service zaken does on events of others: nothing yet."""

from chassis.consuming import Consumer

CONSUMERS: tuple[Consumer, ...] = ()
