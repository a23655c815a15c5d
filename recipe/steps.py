"""The table of steps: from UNIPEN's archive to the weights, styles, cards and sheets that ship.

Each step is a line of its own below; to add one, write it where what it needs has been made. Numbers in ``size(a, b)``
are those of the whole recipe, and of the toy.
"""

from __future__ import annotations

from recipe.runner import Step

# The code that decides what comes out of a step.
CORPORA = ("scribe/corpora/*.py", "scribe/drawing/*.py", "scribe/ink.py")
TRAINING = ("scribe/training/*.py", "scribe/weights.py", "scribe/alphabet.py")
READING = ("scribe/reader.py", "scribe/reading/*.py", "scribe/proofread.py")
WRITING = (
    "scribe/writer.py",
    "scribe/session.py",
    "scribe/network.py",
    "scribe/cells.py",
    "scribe/lstm.py",
    "scribe/gru.py",
)
WRITING += ("scribe/window.py", "scribe/mdn.py")
MEASURING = (*READING, *WRITING, "scribe/measure/*.py")


def steps(archive: str = "", *, quick: bool = False) -> list[Step]:
    """All steps, in order.

    Args:
        archive: UNIPEN's, or the folder it was unpacked to; downloaded if not given.
        quick: the same at toy size, in minutes. A toy can neither read nor write. So the trainings of the writer begin
            with the weights that ship, and the reader that ships judges. The ink is that of a few writers in the
            archive, or synthetic if none is given.
    """

    def size(full: float, toy: float) -> float:
        return toy if quick else full

    own = f"--lines {size(10_000, 4)} --at-once {size(1_024, 12)} --tries {size(6, 2)} --minutes {size(90, 0.2)}"
    first, judge = ("reader", "reader") if quick else ("first-reader.safetensors", "reader.safetensors")
    begin = " --begin-with default" if quick else ""
    small = {"batch_points": 800, "validate_every": 50} if quick else {}
    further = {"learning_rate": 1e-6 if quick else 1e-3, **small}
    told = {"height": True, "parity": True, "variants": size(5, 1), "rarity": 0.5, "calm": 2}
    told |= {"slant": 0.02, "slope": 0.001, "size": 0.03, "width": 0.02, **further}
    corpus = (f"scribe corpus unipen {archive} -o corpus.npz",)
    if quick and archive:
        corpus = (f"scribe corpus unipen {archive} -o whole.npz", "recipe.few_writers whole.npz -o corpus.npz")
    elif quick:
        corpus = ("scribe corpus fonts -o corpus.npz --lines 80 --words 400 --writers 20",)
    return [
        Step(
            "corpus",
            "lines and words of UNIPEN, cleaned, resampled, split by writer",
            needs=(archive,) if archive else (),
            makes=("corpus.npz",),
            commands=corpus,
            code=CORPORA,
            hours="0.02, measured",
        ),
        # --- who reads
        Step(
            "signs-to-read",
            "synthetic lines and words with synthetic signs, for what people seldom wrote",
            needs=("corpus.npz",),
            makes=("to-read.npz",),
            commands=(
                f"recipe.synthetic_lines corpus.npz -o drawn.npz --lines {size(12_000, 40)}",
                f"recipe.spliced_words drawn.npz -o to-read.npz --words {size(24_000, 40)}",
            ),
            code=("recipe/synthetic_lines.py", "recipe/spliced_words.py", "scribe/styles.py", *CORPORA),
            hours="0.02, measured",
        ),
        Step(
            "first-reader",
            "a network that reads ASCII, learned from all of them",
            needs=("to-read.npz",),
            makes=("first-reader.safetensors",),
            commands=(
                "scribe train-reader to-read.npz -o first-reader --settings first-reader.json",
                "scribe export first-reader -o first-reader.safetensors --name reader --half",
            ),
            settings={
                "updates": size(14_000, 2),
                "decay": size(1_000, 1),
                "learning_rate": 2e-3,
                "rarity": 0.6,
                **({"units": 8, "batch_frames": 800, "jit": False} if quick else {}),
            },
            training="first-reader",
            code=(*TRAINING, *READING),
            hours="3.6 for as many updates of the reader that ships (reader.md)",
        ),
        Step(
            "proofread",
            "without what nobody can read",
            needs=("corpus.npz", "first-reader.safetensors"),
            makes=("legible.npz",),
            commands=(f"scribe corpus proofread corpus.npz -o legible.npz --reader {first} --worst {size(0.2, 1)}",),
            code=READING,
            hours="0.3, estimated",
        ),
        # --- who writes
        Step(
            "signs-to-write",
            "signs for the writer too, fewer",
            needs=("legible.npz",),
            makes=("to-write.npz",),
            commands=(
                f"recipe.synthetic_lines legible.npz -o drawn.npz --lines {size(3_000, 40)}",
                f"recipe.spliced_words drawn.npz -o to-write.npz --words {size(8_000, 40)}",
            ),
            code=("recipe/synthetic_lines.py", "recipe/spliced_words.py", "scribe/styles.py", *CORPORA),
            hours="0.02 at most: a third of signs-to-read",
        ),
        Step(
            "writer",
            "the network that writes: words first, then whole lines, and a descent",
            needs=("to-write.npz",),
            makes=("writer/weights.safetensors",),
            commands=(f"scribe train to-write.npz -o writer --settings writer.json{begin}",),
            settings={"updates": size(12_000, 2), "decay": size(1_000, 1), **(further if quick else {})},
            training="writer",
            code=TRAINING,
            hours="3 to 5, from the pace of session7 and session9 in benchmarks/runs.jsonl",
        ),
        # --- all of Europe's letters
        Step(
            "composed",
            "Europe's letters, signs and repeats, composed of what people wrote",
            needs=("legible.npz", "writer/weights.safetensors", "first-reader.safetensors"),
            makes=("composed.npz",),
            commands=(
                f"scribe corpus compose legible.npz -o composed.npz --samples {size(24_000, 20)}"
                f" --weights {'default' if quick else 'writer/weights.safetensors'} --reader {first}",
            ),
            code=("scribe/composing/*.py", "scribe/alphabet.py", "scribe/styles.py", *CORPORA, *MEASURING),
            hours="0.1, measured",
        ),
        Step(
            "joined",
            "what people wrote and what was composed of it, as one corpus to learn all letters from",
            needs=("legible.npz", "composed.npz"),
            makes=("all-letters.npz",),
            commands=("scribe corpus join legible.npz composed.npz -o all-letters.npz",),
            code=CORPORA,
            hours="0.01, measured",
        ),
        Step(
            "reader",
            "the reader goes on with all letters",
            needs=("to-read.npz", "composed.npz", "first-reader.safetensors"),
            makes=("reader.safetensors", "letters-to-read.npz"),
            commands=(
                "scribe corpus join to-read.npz composed.npz -o letters-to-read.npz",
                f"scribe train-reader letters-to-read.npz -o reader --begin-with {first} --alphabet latin"
                " --settings reader.json",
                "scribe export reader -o reader.safetensors --name reader --half",
            ),
            settings={
                "updates": size(9_500, 2),
                "decay": size(2_200, 1),
                "learning_rate": 1.5e-3,
                "rarity": 0.3,
                **({"batch_frames": 800, "jit": False} if quick else {}),
            },
            training="reader",
            code=(*TRAINING, *READING),
            hours="0.6, measured beside other work",
        ),
        Step(
            "own-lines",
            "what it writes itself and the reader can read, for what is rare",
            needs=("to-write.npz", "writer/weights.safetensors", "reader.safetensors"),
            makes=("own.npz",),
            commands=(f"recipe.own_lines writer/weights.safetensors to-write.npz -o own.npz --reader {judge} {own}",),
            code=("recipe/own_lines.py", *MEASURING),
            hours="1.5 at most: it ends then",
        ),
        Step(
            "writer-2",
            "the same weights, going on with its own lines too, down to nothing",
            needs=("own.npz", "writer/weights.safetensors"),
            makes=("writer-2/weights.safetensors",),
            commands=(
                "scribe train own.npz -o writer-2 --begin-with writer/weights.safetensors --settings writer-2.json",
            ),
            settings={"updates": size(5_000, 2), "decay": size(2_000, 1), **further},
            training="writer-2",
            code=TRAINING,
            hours="1 to 2, estimated from the same pace",
        ),
        Step(
            "neat",
            "only what the reader reads well",
            needs=("to-write.npz", "reader.safetensors"),
            makes=("neat.npz",),
            commands=(
                f"scribe corpus proofread to-write.npz -o neat.npz --reader {judge} --strict --worst {size(0.06, 1)}",
            ),
            code=READING,
            hours="0.3, estimated",
        ),
        Step(
            "own-lines-2",
            "lines of its own by the better weights, beside what is read well",
            needs=("neat.npz", "writer-2/weights.safetensors", "reader.safetensors"),
            makes=("own-2.npz",),
            commands=(
                f"recipe.own_lines writer-2/weights.safetensors neat.npz -o own-2.npz --reader {judge} {own} --seed 1",
            ),
            code=("recipe/own_lines.py", *MEASURING),
            hours="1.5 at most: it ends then",
        ),
        Step(
            "writer-3",
            "going on with these, down to nothing: the weights that ship",
            needs=("own-2.npz", "writer-2/weights.safetensors"),
            makes=("default.safetensors",),
            commands=(
                "scribe train own-2.npz -o writer-3 --begin-with writer-2/weights.safetensors --settings writer-3.json",
                "scribe export writer-3 -o default.safetensors --name default --half",
            ),
            settings={"updates": size(9_000, 2), "decay": size(1_000, 1), **further},
            training="writer-3",
            code=TRAINING,
            hours="2 to 4, estimated from the same pace",
        ),
        # --- any hand
        Step(
            "hands",
            "the network that reads whose hand it is, and the prior over hands",
            needs=("corpus.npz",),
            makes=("hands/weights.safetensors",),
            commands=("scribe train-hands corpus.npz -o hands --half --settings hands.json",),
            settings={
                "updates": size(2_700, 2),
                "decay": size(1_350, 1),
                **({"units": 8, "writers": 4, "pieces": 2} if quick else {}),
            },
            training="hands",
            code=(*TRAINING, "scribe/hands.py", *READING),
            hours="0.4, measured",
        ),
        Step(
            "judge",
            "a judge of hands, who takes no part: for the card only",
            needs=("corpus.npz",),
            makes=("judge.safetensors",),
            commands=(f"recipe.train_judge corpus.npz -o judge.safetensors --updates {size(3_000, 2)}",),
            code=("recipe/train_judge.py", "scribe/training/hand_judge.py", "scribe/training/hand_reader.py"),
            hours="0.3, estimated",
        ),
        Step(
            "reading-judge",
            "a judge of what can be read, who takes no part: for the card only",
            needs=("letters-to-read.npz",),
            makes=("reading-judge/judge.safetensors",),
            commands=(
                "recipe.train_reading_judge letters-to-read.npz -o reading-judge"
                f" --updates {size(23_000, 2)} --decay {size(7_000, 1)}" + (" --units 8 --no-jit" if quick else ""),
            ),
            training="reading-judge",
            code=("recipe/train_reading_judge.py", *TRAINING, *READING),
            hours="2.3, measured on the judge of the card, which was trained in two parts",
        ),
        Step(
            "anyone",
            "going on from the one hand of default: told a hand, with its pen's height, in all letters",
            needs=("all-letters.npz", "default.safetensors", "hands/weights.safetensors"),
            makes=("anyone/weights.safetensors",),
            commands=(
                f"scribe train all-letters.npz -o anyone --begin-with {'default' if quick else 'default.safetensors'}"
                " --hands hands/weights.safetensors --alphabet latin --settings anyone.json",
            ),
            settings={"updates": size(20_000, 2), "decay": size(1_000, 1), **told},
            training="anyone",
            code=(*TRAINING, "scribe/hands.py"),
            hours="3, from the pace of the one that ships",
        ),
        Step(
            "own-lines-3",
            "lines of its own in drawn hands, read without an error: what it's to write when it's told no hand",
            needs=("composed.npz", "anyone/weights.safetensors", "hands/weights.safetensors", "reader.safetensors"),
            makes=("own-hands.npz",),
            commands=(
                "recipe.own_lines anyone/weights.safetensors composed.npz -o own-hands.npz"
                f" --hands hands/weights.safetensors --reader {judge} --lines {size(2_500, 2)}"
                f" --at-once {size(512, 12)} --tries {size(0, 1)} --minutes {size(30, 0.2)}",
            ),
            code=("recipe/own_lines.py", "scribe/hands.py", *MEASURING),
            hours="0.2, measured",
        ),
        Step(
            "anyone-2",
            "with these too, and with noise on the weights, which keeps it from learning writers by heart",
            needs=("legible.npz", "own-hands.npz", "anyone/weights.safetensors", "hands/weights.safetensors"),
            makes=("any-hand.npz", "anyone-2/weights.safetensors"),
            commands=(
                "scribe corpus join legible.npz own-hands.npz -o any-hand.npz",
                "scribe train any-hand.npz -o anyone-2 --begin-with anyone/weights.safetensors"
                " --hands hands/weights.safetensors --settings anyone-2.json",
            ),
            settings={"updates": size(4_250, 2), "decay": size(1_000, 1), "weight_noise": 0.04, **told},
            training="anyone-2",
            code=(*TRAINING, "scribe/hands.py"),
            hours="0.7, measured",
        ),
        Step(
            "anyone-3",
            "without the noise, down to nothing",
            needs=("any-hand.npz", "anyone-2/weights.safetensors", "hands/weights.safetensors"),
            makes=("anyone-3/weights.safetensors",),
            commands=(
                "scribe train any-hand.npz -o anyone-3 --begin-with anyone-2/weights.safetensors"
                " --hands hands/weights.safetensors --settings anyone-3.json",
            ),
            settings={"updates": size(6_700, 2), "decay": size(2_800, 1), **told},
            training="anyone-3",
            code=(*TRAINING, "scribe/hands.py"),
            hours="1, measured",
        ),
        Step(
            "anyone-mean",
            "the mean of both, which is read better than either: the weights that ship",
            needs=("anyone-2/weights.safetensors", "anyone-3/weights.safetensors"),
            makes=("anyone.safetensors",),
            commands=(
                "recipe.mean_of_weights anyone-2/weights.safetensors anyone-3/weights.safetensors --share 1 --share 2"
                " --name anyone --half -o anyone.safetensors",
            ),
            code=("recipe/mean_of_weights.py", "scribe/weights.py"),
            hours="0",
        ),
        Step(
            "named-hands",
            "draws from the prior that are read well and differ most",
            needs=("anyone.safetensors", "hands/weights.safetensors", "reader.safetensors"),
            makes=("hands.json",),
            commands=(
                "recipe.make_hands --weights anyone.safetensors --hands hands/weights.safetensors"
                f" --reader {judge} -o hands.json" + (" --draws 6 --keep 3 --least 1 --worst 99" if quick else ""),
            ),
            code=("recipe/make_hands.py", "scribe/hands.py", *MEASURING),
            hours="0.1, measured",
        ),
        # --- what is made with them
        Step(
            "no-text",
            "the same network without the text, to be held against",
            needs=("legible.npz", "default.safetensors"),
            makes=("no-text/weights.safetensors",),
            commands=(
                "recipe.without_text default.safetensors -o no-text-start.safetensors",
                "scribe train legible.npz -o no-text --begin-with no-text-start.safetensors --settings no-text.json",
            ),
            settings={"updates": size(1_020, 2), "decay": size(300, 1), **further},
            training="no-text",
            code=("recipe/without_text.py", *TRAINING),
            hours="0.6 on two cores (untext in benchmarks/runs.jsonl)",
        ),
        Step(
            "record",
            "what can be measured of the weights",
            needs=("corpus.npz", "default.safetensors", "no-text/weights.safetensors", "reader.safetensors"),
            makes=("default.json",),
            commands=(
                "scribe evaluate default.safetensors corpus.npz -o default.json"
                f" --against no-text/weights.safetensors --reader {judge}"
                + (" --lines 6 --bias 1 --copies 1 --candidates 0 --stop-lines 12" if quick else ""),
            ),
            code=MEASURING,
            hours="0.5, estimated",
        ),
        Step(
            "styles",
            "hands that the network invents, read and compared",
            needs=("default.safetensors", "reader.safetensors"),
            makes=("styles.safetensors",),
            commands=(
                f"recipe.make_styles --weights default.safetensors --reader {judge} -o styles.safetensors"
                f" --candidates {size(480, 60)} --shortlist {size(60, 8)} --keep {size(10, 4)}",
            ),
            code=("recipe/make_styles.py", "scribe/styles.py", *MEASURING),
            hours="0.2, estimated",
        ),
        Step(
            "sheets",
            "pages of samples for the book",
            needs=("default.safetensors", "styles.safetensors", "reader.safetensors"),
            makes=("sheets",),
            commands=(
                f"recipe.make_sheets --weights default.safetensors --styles styles.safetensors --reader {judge}"
                f" --folder sheets --rounds {size(8, 1)}",
            ),
            code=("recipe/make_sheets.py", "scribe/draw/*.py", *MEASURING),
            hours="0.1, estimated",
        ),
        # The cards tell of the steps above by their log.
        Step(
            "card",
            "the card of the weights that write",
            needs=("default.safetensors", "default.json", "styles.safetensors"),
            makes=("default.md",),
            commands=(
                "recipe.model_card default.safetensors default.json --log log.jsonl --styles styles.safetensors"
                " > default.md",
            ),
            code=("recipe/model_card.py",),
            hours="0",
        ),
        Step(
            "reader-card",
            "the card of the weights that read",
            needs=("corpus.npz", "reader.safetensors"),
            makes=("reader.md",),
            commands=(f"recipe.reader_card reader.safetensors corpus.npz --samples {size(400, 6)} > reader.md",),
            code=("recipe/reader_card.py", *READING),
            hours="0.1, estimated",
        ),
        Step(
            "hands-card",
            "the card of the weights that write in any hand",
            needs=(
                *("corpus.npz", "anyone.safetensors", "hands/weights.safetensors", "reader.safetensors"),
                *("judge.safetensors", "reading-judge/judge.safetensors"),
            ),
            makes=("anyone.md", "anyone.json"),
            commands=(
                "recipe.hands_card anyone.safetensors corpus.npz -o anyone.md --hands hands/weights.safetensors"
                f" --reader {judge} --judge judge.safetensors --reading-judge reading-judge/judge.safetensors"
                + (" --lines 12 --shown 1 --others 1" if quick else ""),
            ),
            code=("recipe/hands_card.py", "scribe/hands.py", *MEASURING),
            hours="0.2, measured",
        ),
    ]


_MADE = (
    *("default.safetensors", "default.json", "default.md", "styles.safetensors"),
    *("anyone.safetensors", "anyone.json", "anyone.md", "hands.json", "reader.safetensors", "reader.md"),
)
SHIPPED = {name: name for name in _MADE} | {"hands/weights.safetensors": "hands.safetensors"}
"""What is copied to ``scribe/weights``, and its name there; the sheets belong in ``book/figures``."""
