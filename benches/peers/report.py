"""The figures as Markdown. A ratio above 1 says that Brolga is the faster one."""


def show(result):
    labels = list(result["contestants"])
    show_setting(result)
    show_first_calls(result["first_calls"], labels)
    show_warmed_calls(result, labels)
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


def show_first_calls(rows, labels):
    brolgas = [label for label in labels if label.startswith("Brolga")]
    peers = ["Numba", "Numba, parallel", "numexpr"]
    print("\n## First call of a fresh function in a warm process, 8 elements, milliseconds\n")
    columns = brolgas + [f"{label}, new process" for label in brolgas] + peers
    pairs = [(brolga, peer) for brolga in brolgas for peer in peers]
    table(
        ["expression", *columns, *(ratio_title(*pair) for pair in pairs)],
        [
            [row["expression"]]
            + [f"{row['first_s'][column] * 1e3:.3g}" for column in columns]
            + [ratio(row["first_s"], *pair) for pair in pairs]
            for row in rows
        ],
    )
    print("\n## Warmed call, 8 elements, microseconds\n")
    columns = list(rows[0]["warmed_s"])
    table(
        ["expression", *columns],
        [[row["expression"]] + [f"{row['warmed_s'][column] * 1e6:.3g}" for column in columns] for row in rows],
    )


def show_warmed_calls(result, labels):
    rows = result["warmed_calls"]
    brolgas = [label for label in labels if label.startswith("Brolga")]
    pairs = [(brolga, peer) for brolga in brolgas for peer in labels if peer not in brolgas]
    for threads in numbers_of_threads(rows):
        print(f"\n## Warmed calls, {counted(threads)}, ns an element (and the share of the machine's limit)\n")
        lines = []
        for row in rows:
            if row["threads"] != threads:
                continue
            limit = limit_of(row, result["limits"])
            cells = [cell(row["seconds"][label], row["elements"], limit) for label in labels]
            limit_cell = f"{limit * 1e9 / row['elements']:.3f}" if limit else "–"
            ratios = [ratio(row["seconds"], *pair) for pair in pairs]
            lines.append([row["expression"], row["elements"], *cells, limit_cell, *ratios])
        table(["expression", "elements", *labels, "limit", *(ratio_title(*pair) for pair in pairs)], lines)


def show_speedups(rows, labels):
    """NumPy has one thread, whatever the others have."""
    others = [label for label in labels if label != "NumPy"]
    threads = numbers_of_threads(rows)
    print("\n## Speed-up over NumPy for each number of threads\n")
    times = {(row["expression"], row["elements"], row["threads"]): row["seconds"] for row in rows}
    cases = dict.fromkeys((expression, elements) for expression, elements, _ in times)
    table(
        ["expression", "elements", *(f"{label}, {counted(number)}" for label in others for number in threads)],
        [
            [*case] + [ratio(times[*case, number], label, "NumPy") for label in others for number in threads]
            for case in cases
        ],
    )


def show_limits(limits):
    rows = limits["rows"]
    print(f"\n## Limits of the machine ({limits['vectors']}), ns an element (GB/s)\n")
    print("Two arrays of float64 read and one written with plain or streaming stores; or two read alone.\n")
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


def limit_of(row, limits):
    """The best time in which the machine moves the bytes of this row, or None if that was not measured."""
    fitting = (
        limit["seconds"]
        for limit in limits["rows"]
        if limit["access"] in row["traffic"]
        and (limit["elements"], limit["threads"]) == (row["elements"], row["threads"])
    )
    return min(fitting, default=None)


def cell(seconds, elements, limit):
    share = f" ({limit / seconds:.0%})" if limit else ""
    return f"{seconds * 1e9 / elements:.3f}{share}"


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
