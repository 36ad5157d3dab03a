"""Find reviews: lists that people read, made from index rows.

The rows are hints: each page reads the reviews that it shows, and drops what no longer holds. Nothing is written.
"""

from reviews.finding.inbox import Waiting, waiting_for
from reviews.finding.lists import Finished, Own, decided_by, finished, of_name, submitted_by, unfinished
from reviews.finding.pages import LIMIT, Page
from reviews.finding.searching import EVERYTHING, About, Order
from reviews.finding.sums import day_sums

__all__ = [
    "EVERYTHING",
    "LIMIT",
    "About",
    "Finished",
    "Order",
    "Own",
    "Page",
    "Waiting",
    "day_sums",
    "decided_by",
    "finished",
    "of_name",
    "submitted_by",
    "unfinished",
    "waiting_for",
]
