"""The figures as Markdown. A ratio above 1 says that Brolga is the faster one."""

from statistics import geometric_mean

NONE = "–"


def show(result):
    labels = list(result["contestants"])
    show_setting(result)
    show_first_calls(result["first_calls"], labels)
    show_warmed_calls(result, labels)
    show_summary(result["warmed_calls"], labels)
    show_speedups(result["warmed_calls"], labels)
    show_limits(result["limits"])


def show_setting(result):
    machine = result["machine"]
    print("# Brolga beside its peers\n")
    print(f"- {machine['processor']}, {machine['processors_usable']} processors usable, load average at the end "
          f"{machine['load_average']:.1f}; huge pages: {machine['huge_pages']}")  # fmt: skip
    print(f"- {machine['system']}, Python {machine['python']}; medians of {result['rounds']} interleaved rounds")
    for label, flags in result["contestants"].items():
        print(f"- {label} {flags}")
    for name, reason in result["left_out"].items():
        print(f"- left out: {name}: {reason}")


def show_first_calls(rows, labels):
    print("\n## First call of a fresh function in a warm process, 8 elements, milliseconds\n")
    columns = sorted(rows[0]["first_s"], key=lambda column: not is_brolga(column))
    pairs = pairs_of([column for column in columns if column in labels or not is_brolga(column)])
    table(
        ["expression", "dtype", *columns, *(ratio_title(*pair) for pair in pairs)],
        [
            [row["expression"], row["dtype"]]
            + [f"{row['first_s'][column] * 1e3:.3g}" for column in columns]
            + [ratio(row["first_s"], *pair) for pair in pairs]
            for row in rows
        ],
    )
    print("\n## Warmed call, 8 elements, microseconds\n")
    columns = list(rows[0]["warmed_s"])
    table(
        ["expression", "dtype", *columns],
        [
            [row["expression"], row["dtype"], *(f"{row['warmed_s'][column] * 1e6:.3g}" for column in columns)]
            for row in rows
        ],
    )


def show_warmed_calls(result, labels):
    rows = result["warmed_calls"]
    for threads in numbers_of_threads(rows):
        print(f"\n## Warmed calls, {counted(threads)}, ns an element (and the share of the machine's limit)\n")
        chosen = [row for row in rows if row["threads"] == threads]
        columns = [label for label in labels if label in chosen[0]["seconds"]]
        pairs = pairs_of(columns)
        lines = []
        for row in chosen:
            limit = row["limit"]
            cells = [cell(row["seconds"][label], row["elements"], limit) for label in columns]
            limit_cell = f"{limit * 1e9 / row['elements']:.3f}" if limit else NONE
            ratios = [ratio(row["seconds"], *pair) for pair in pairs]
            lines.append([row["expression"], row["dtype"], row["elements"], *cells, limit_cell, *ratios])
        titles = [ratio_title(*pair) for pair in pairs]
        table(["expression", "dtype", "elements", *columns, "limit", *titles], lines)


def show_summary(rows, labels):
    """How many times as fast Brolga is over many expressions."""
    rows = [row for row in rows if row["threads"] == 1]
    brolgas = [label for label in labels if is_brolga(label)]
    peers = [label for label in labels if not is_brolga(label)]
    if not rows or not brolgas:
        return
    print("\n## Summary, 1 thread: each peer's time / Brolga's, the geometric mean (and the least)\n")
    cases = dict.fromkeys((row["dtype"], row["elements"]) for row in rows)
    sets = {"math": [row for row in rows if row["math"]], "all": rows}
    lines = []
    for name, members in sets.items():
        for case in cases:
            times = [row["seconds"] for row in members if (row["dtype"], row["elements"]) == case]
            for brolga in brolgas if times else ():
                ratios = (summary(times, brolga, peer) for peer in peers)
                lines.append([f"{name} ({len(times)})", *case, brolga, *ratios])
    table(["expressions", "dtype", "elements", "Brolga", *peers], lines)


def summary(times, ours, theirs):
    ratios = [seconds[theirs] / seconds[ours] for seconds in times]
    return f"{geometric_mean(ratios):.2f} ({min(ratios):.2f})"


def show_speedups(rows, labels):
    """NumPy has one thread, whatever the others have."""
    others = [label for label in labels if label != "NumPy"]
    threads = numbers_of_threads(rows)
    times = {(row["expression"], row["dtype"], row["elements"], row["threads"]): row["seconds"] for row in rows}
    cases = dict.fromkeys(case[:3] for case in times)
    # Not every contestant runs on every number of threads.
    columns = [
        (label, number)
        for label in others
        for number in threads
        if any(label in seconds for case, seconds in times.items() if case[3] == number)
    ]
    print("\n## Speed-up over NumPy for each number of threads\n")
    table(
        ["expression", "dtype", "elements", *(f"{label}, {counted(number)}" for label, number in columns)],
        [[*case] + [ratio(times[*case, number], label, "NumPy") for label, number in columns] for case in cases],
    )


def show_limits(limits):
    rows = limits["rows"]
    if not rows:
        return
    print(f"\n## Limits of the machine ({limits['vectors']}), ns an element (GB/s)\n")
    print("Two arrays of float64 read and one written with plain or streaming stores; or two read alone.")
    print("Arrays of float32 have the limit of half as many elements of float64.\n")
    times = {(row["elements"], row["threads"], row["access"], row["pages"]): row for row in rows}
    cases = dict.fromkeys(case[:2] for case in times)
    kinds = list(dict.fromkeys(case[2:] for case in times))
    table(
        ["elements", "threads", *(f"{access}, {pages} pages" for access, pages in kinds)],
        [
            [*case] + [
                f"{times[*case, *kind]['ns_per_element']:.3f} ({times[*case, *kind]['gb_per_s']:.0f})" for kind in kinds
            ]
            for case in cases
        ],
    )  # fmt: skip


def cell(seconds, elements, limit):
    share = f" ({limit / seconds:.0%})" if limit else ""
    return f"{seconds * 1e9 / elements:.3f}{share}"


def is_brolga(label):
    return label.startswith("Brolga")


def pairs_of(labels):
    """Each Brolga with each peer."""
    peers = [label for label in labels if not is_brolga(label)]
    return [(brolga, peer) for brolga in labels if is_brolga(brolga) for peer in peers]


def ratio(seconds, ours, theirs):
    times = seconds[theirs] / seconds[ours]
    return f"{times:.0f}" if times >= 100 else f"{times:.2f}"


def ratio_title(brolga, peer):
    return f"{peer} / {brolga}"


def numbers_of_threads(rows):
    return sorted({row["threads"] for row in rows})


def counted(threads):
    return "1 thread" if threads == 1 else f"{threads} threads"


def table(header, rows):
    print("|", " | ".join(header), "|")
    print("|---" + "|---:" * (len(header) - 1) + "|")
    for row in rows:
        print("|", " | ".join(map(str, row)), "|")
