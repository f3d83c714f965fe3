"""The kenmerk a melder reads over the phone: MOR-7K4Q-92, Crockford's base 32 with a check character."""

from sqlalchemy import text

from chassis.unit import Unit

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BODY = 5
SPACE = 32**_BODY
# An odd multiplier permutes the numbers below a power of two: no two numbers give one kenmerk, and neighbours differ.
_MULTIPLIER = 20_398_757
_OFFSET = 7_654_321


async def next_kenmerk(unit: Unit) -> str:
    """A kenmerk nobody has: unique by its construction, without looking."""
    number = await unit.session.scalar(text("SELECT nextval('kenmerk_nummer')"))
    return kenmerk(int(number or 0))


def kenmerk(number: int) -> str:
    """The kenmerk of the n-th signaal. Unique for 33 million numbers, after which they begin anew."""
    scrambled = (number * _MULTIPLIER + _OFFSET) % SPACE
    body = "".join(ALPHABET[scrambled >> shift & 31] for shift in range(5 * (_BODY - 1), -1, -5))
    return f"MOR-{body[:4]}-{body[4]}{_check(body)}"


def is_kenmerk(value: str) -> bool:
    """Whether the check character fits: finds any one wrong character and most swapped neighbours."""
    plain = value.removeprefix("MOR-").replace("-", "")
    return len(plain) == _BODY + 1 and set(plain) <= set(ALPHABET) and _check(plain[:_BODY]) == plain[_BODY]


def _check(body: str) -> str:
    """Luhn's method in base 32."""
    total = 0
    for place, character in enumerate(reversed(body)):
        value = ALPHABET.index(character) * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return ALPHABET[-total % 32]
