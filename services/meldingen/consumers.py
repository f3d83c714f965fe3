"""What the service meldingen does on others' events: nothing yet. Its apparaten have consumers of their own."""

from chassis.consuming import Consumer

CONSUMERS: tuple[Consumer, ...] = ()
