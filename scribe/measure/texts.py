"""The texts that are written to see how well a network writes: fixed, so that numbers compare.

They are plain English, names, dates, numbers, prices, addresses, formulas and program code, of 1 to 80 characters. Each
of the 95 printable characters of ASCII occurs in them eight times or more, among other characters as people use it: a
network that had learned words by heart, or left out what is rare, would be found out. All of it is made up here, and
nobody lives at these addresses.
"""

from __future__ import annotations

import numpy as np

from scribe.alphabet import ASCII, Alphabet

__all__ = ["LONGEST", "TEXTS", "lines_of_all_lengths"]

LONGEST = 80
"""Characters of the longest text: more than fits on a line of paper."""

TEXTS: tuple[str, ...] = (
    # Very short, as on labels and in forms.
    "I",
    "7",
    "no",
    "OK!",
    "why?",
    "Yes, 2.",
    # Sentences.
    "You know nothing Jon Snow",
    "The quick brown fox jumps over the lazy dog.",
    "Pack my box with five dozen liquor jugs!",
    "Sphinx of black quartz, judge my vow.",
    "How vexingly quick daft zebras jump",
    "Every letter is a path that the pen has taken.",
    "It was raining when we left, and nobody had brought a coat.",
    "She wrote slowly; he could hardly read a word of it.",
    "What is written without effort is read without pleasure.",
    "My grandmother kept all her recipes in one thick exercise book.",
    "Would you mind opening the window? It is far too warm in here.",
    "Nobody answered, so I knocked again and waited by the gate.",
    "A handful of walnuts, a jar of honey, a loaf of rye bread",
    "The train to Zagreb leaves at 6:45, the next one not before noon.",
    "Thank you for your letter; it took only eight days to get here.",
    "We have just moved house, so please use the new address below.",
    "Don't wait for me, I'll be late again!",
    '"Never," she said, "not even for a quarter of the kingdom."',
    "Is it 'colour' or 'color'? Both, it depends on who is reading.",
    "Beyond the bridge the road divides; Granny always took the left, Pa the other.",
    "Could Queen Victoria have guessed how Professor Maxwell would change the world?",
    "Exactly six boxes of ink, quite expensive, from a quiet shop in Jena",
    "Yellow jackets buzzed lazily around the fizzy juice.",
    "In the evening the whole village smelled of wood smoke and apples.",
    "Keep left! Keep left! Oh well - too late.",
    # Names and places.
    "Dear Mrs. Quigley and Mr. Novak,",
    "Kind regards, Xenia Vogel",
    "Ursula K. Zimmermann, Quito, Ecuador",
    "Igor, Yasmin, Wu, Zoe, Olga, Hugo & Ximena",
    "Gregor and Gwen Goldberg, Gdansk",
    "New York, Rio de Janeiro, Vienna, Xi'an, Zurich, Quebec",
    "Lady Jane Ferguson-Blythe, 12 Upper Quay, Galway",
    "Jack & Jill, Hansel & Gretel, Tom & Jerry",
    "Visit Fez, Oslo, Kyoto, Utrecht, Lima and Perth.",
    # Headlines, all capitals as in forms.
    "PLEASE USE CAPITAL LETTERS",
    "EXIT ONLY - NO WAY BACK",
    "VERY QUIET ZONE: JUST WHISPER",
    "LOST: BLACK KITTEN, HUGE GREEN EYES, WHITE PAWS",
    "MIXED JAZZ QUARTET, LIVE AT THE OX & FIDDLE",
    "DO NOT FOLD, BEND OR SQUEEZE",
    "ZINC & QUARTZ VALVES CO., DUBLIN",
    # Dates, numbers, money.
    "Friday, 13 October 1987, 21:30",
    "born on 29/02/1956, moved in on 1/7/1984",
    "3.14159265358979",
    "0123456789",
    "Max. XVI, page XCVI: Mozart in Prague?",
    "Call 555-0176 or 555-0149 before 8 pm.",
    "Invoice #4072: $1,860.50 + 19% = $2,213.995",
    "$5 each, 3 for $12, 10 for $38.75 (save 24%)",
    "up 6% in May, down 9% in June, 70% in all",
    "Zone B, room #308, 4th floor, bed #2",
    "17 x 24 = 408; 96 / 8 = 12; 63 - 47 = 16",
    "2^10 = 1024, 3^4 = 81, e^0 = 1",
    "(a + b)^2 = a^2 + 2*a*b + b^2",
    "5 < 7, 9 > 6, and x < y if y > x",
    "~50 km, ~3 h, ~$20 of petrol",
    # Addresses of machines.
    "write to quentin_99@example.org, or to zoe@example.com",
    "https://example.org/~judy/notes?page=3&lang=en#top",
    "C:\\Users\\jo\\My_Files\\draft_2.txt",
    "me@home? you@work? Ask me @ 10.",
    "@max @ida: lunch at 1? #hungry #pizza",
    "ftp://files.example.net/~kim/old/",
    "\\\\server\\share\\scan_07.pdf",
    "5 @ $3 each = $15; 2 @ $8 = $16",
    # Programs.
    "if (x >= 10 && y != 0) { z = x % y; }",
    "for word in words_read: print(word, end='\\n')",
    'printf("%d%%\\n", 100 * part / whole);',
    "names = {'a': [1, 2], 'b': [3, 4], 'c': []}",
    "ls *.txt | sort | uniq -c > counts.txt",
    "cat log | grep -v '^#' | tail -5 | wc -l",
    "echo `date` >> ~/diary.txt; echo `whoami`",
    "Use `git log`, not `git blame`!",
    "a[i] = b[i] ^ c[j]; m[0][1] |= 7",
    'f = lambda q: {"q": q**2, "k": ~q}',
    "#include <stdio.h>",
    "<p>Fish &amp; chips</p> <br/>",
    "SELECT user_id FROM jobs_2 WHERE job_id = 42;",
    "x = y ? -1 : +1; /* sign */",
    "~/bin/run_all --verbose=1 < in.csv > out.csv",
    "def f(x): return {x: x + 1} if x else {}",
    "div { margin: 0 } p { color: #d33 }",
    "e{3} [a-z]+ (yes|no) ^\\w+$",
    "{} [] () <> || && !! `` ~~ ^^",
    # Smileys and lists.
    "See you on Sunday :-) or not :-(",
    "milk, eggs (6), flour [1 kg], sugar, tea!!!",
    "P.S. Feed the cat, water the ivy & lock up!",
)


def lines_of_all_lengths(count: int, *, longest: int = LONGEST, seed: int = 0, alphabet: Alphabet = ASCII) -> list[str]:
    """Made-up lines with 1, 2, ... ``longest`` characters, again and again, from the words of :data:`TEXTS`.

    The words come in a random order, so that nothing can be known by heart; the last one may be cut. The same
    arguments always give the same lines. Only words that the alphabet can spell are used; if there are none, words are
    made up of its characters.
    """
    if count < 0 or longest < 1:
        raise ValueError(f"count must not be below 0 and longest not below 1: {count}, {longest}")
    known = set(alphabet.characters)
    words = [word for text in TEXTS for word in text.split() if known.issuperset(word)]
    rng = np.random.default_rng(seed)
    if not words:
        letters = sorted(known - {" "})
        words = ["".join(rng.choice(letters, rng.integers(1, 9))) for _ in range(200)]
    gap = " " if " " in known else ""
    lines = []
    for number in range(count):
        length = 1 + number % longest
        line = ""
        while len(line) < length:
            word = words[rng.integers(len(words))]
            # A space at the end could not be seen: a word that would just leave room for one is drawn longer.
            line += word + (words[rng.integers(len(words))] if len(line) + len(word) == length - 1 else "") + gap
        lines.append(line[:length])
    return lines
