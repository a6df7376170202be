"""At every time the strongest valid certification counts, found with one pass over all of them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from veriwatt.crypto.signing import Protection
from veriwatt.model.members.org_role import Authority, Basis
from veriwatt.model.terminals.certification import Certification
from veriwatt.model.terminals.certified_times import CertifiedTimes
from veriwatt.model.terminals.passport import KeyPeriod, Passport
from veriwatt.testing.actors import sim_key

OWN = None
BY_OWNER = Authority("acme", ("acme",), Basis.SINGLE_FOUNDER)
BY_FOUNDERS = Authority(None, ("city", "bolt"), Basis.INDEPENDENT_MAJORITY)
ENDS = st.integers(0, 12)
CERTIFICATIONS = st.lists(
    st.builds(
        Certification,
        st.sampled_from("abc"),
        st.just("mia"),
        ENDS,
        ENDS,
        ENDS,
        st.sampled_from([OWN, BY_OWNER, BY_FOUNDERS]),
    )
)


def passport_with(certifications: list[Certification]) -> Passport:
    key = KeyPeriod(sim_key("first").public, Protection.FILE, 0)
    return Passport(1, "acme", "t1", (key,), "model", "1.0", tuple(certifications))


@given(CERTIFICATIONS)
def test_the_strongest_valid_certification_counts_and_of_equals_the_first(certifications: list[Certification]) -> None:
    found = CertifiedTimes(passport_with(certifications))
    for t in range(-1, 14):
        valid = [each for each in certifications if each.holds_at(t)]
        strongest = max((each.strength("acme") for each in valid), default=None)
        assert found.at(t) is next((each for each in valid if each.strength("acme") == strongest), None)


class Time(int):
    """A time that counts how often times are compared in order."""

    compared = 0

    def __lt__(self, other: int) -> bool:
        Time.compared += 1
        return int(self) < int(other)

    def __le__(self, other: int) -> bool:
        Time.compared += 1
        return int(self) <= int(other)

    def __gt__(self, other: int) -> bool:
        Time.compared += 1
        return int(self) > int(other)


def comparisons(count: int) -> int:
    """How often times are compared to find the weakest certification at the ends of so many."""
    spans = [(Time(n * 7919 % count), Time(n * 7919 % count + count // 2)) for n in range(count)]
    passport = passport_with([Certification("city", "mia", *span, 0, BY_FOUNDERS) for span in spans])
    Time.compared = 0
    CertifiedTimes(passport).weakest([end - 1 for _, end in spans])
    return Time.compared


def test_twice_the_certifications_take_little_more_than_twice_the_comparisons() -> None:
    once, twice = comparisons(1000), comparisons(2000)
    assert once > 0
    assert twice < 2.5 * once
