"""Letter tables: data only. Letters are written by their Unicode names because look-alikes cannot be told apart in a diff.

Everything Unicode knows by itself (presentation forms, hamza and madda as combining marks, superscripts, full width) is
taken from NFKD; the tables hold only what NFKD leaves alone.
"""

#: One spelling for letters that Arabic news writes in several ways, and the Persian, Urdu, Kurdish and Pashto letters
#: that stand for them in names.
LETTER_FOLDS: dict[str, str] = {
    "\N{ARABIC LETTER ALEF WASLA}": "\N{ARABIC LETTER ALEF}",  # ٱ -> ا
    "\N{ARABIC LETTER ALEF MAKSURA}": "\N{ARABIC LETTER YEH}",  # ى -> ي
    "\N{ARABIC LETTER FARSI YEH}": "\N{ARABIC LETTER YEH}",  # ی -> ي
    "\N{ARABIC LETTER YEH WITH TAIL}": "\N{ARABIC LETTER YEH}",
    "\N{ARABIC LETTER YEH WITH SMALL V}": "\N{ARABIC LETTER YEH}",
    "\N{ARABIC LETTER E}": "\N{ARABIC LETTER YEH}",  # ې -> ي
    "\N{ARABIC LETTER YEH BARREE}": "\N{ARABIC LETTER YEH}",  # ے -> ي
    "\N{ARABIC LETTER TEH MARBUTA}": "\N{ARABIC LETTER HEH}",  # ة -> ه
    "\N{ARABIC LETTER TEH MARBUTA GOAL}": "\N{ARABIC LETTER HEH}",  # ۃ -> ه
    "\N{ARABIC LETTER HEH DOACHASHMEE}": "\N{ARABIC LETTER HEH}",  # ھ -> ه
    "\N{ARABIC LETTER HEH GOAL}": "\N{ARABIC LETTER HEH}",  # ہ -> ه
    "\N{ARABIC LETTER AE}": "\N{ARABIC LETTER HEH}",  # ە -> ه
    "\N{ARABIC LETTER KEHEH}": "\N{ARABIC LETTER KAF}",  # ک -> ك
    "\N{ARABIC LETTER SWASH KAF}": "\N{ARABIC LETTER KAF}",
    "\N{ARABIC LETTER GAF}": "\N{ARABIC LETTER KAF}",  # گ -> ك
    "\N{ARABIC LETTER NG}": "\N{ARABIC LETTER KAF}",
    "\N{ARABIC LETTER PEH}": "\N{ARABIC LETTER BEH}",  # پ -> ب
    "\N{ARABIC LETTER TCHEH}": "\N{ARABIC LETTER JEEM}",  # چ -> ج
    "\N{ARABIC LETTER JEH}": "\N{ARABIC LETTER ZAIN}",  # ژ -> ز
    "\N{ARABIC LETTER VEH}": "\N{ARABIC LETTER FEH}",  # ڤ -> ف
    "\N{ARABIC LETTER DOTLESS FEH}": "\N{ARABIC LETTER FEH}",
    "\N{ARABIC LETTER QAF WITH THREE DOTS ABOVE}": "\N{ARABIC LETTER QAF}",  # ڨ -> ق
    "\N{ARABIC LETTER DOTLESS QAF}": "\N{ARABIC LETTER QAF}",
}

#: Letters that carry no news: the hamza without a seat (سماء = سما) and the stretching of words (ســـلام = سلام).
DROPPED_LETTERS: frozenset[str] = frozenset("\N{ARABIC LETTER HAMZA}\N{ARABIC TATWEEL}\N{ARABIC LETTER HIGH HAMZA}")

#: Marks that end a sentence.
SENTENCE_ENDS: frozenset[str] = frozenset(
    ".!?\N{ARABIC QUESTION MARK}\N{ARABIC FULL STOP}\N{HORIZONTAL ELLIPSIS}\N{ARABIC SEMICOLON}"
)

#: Marks that begin a new line of the original.
LINE_ENDS: frozenset[str] = frozenset("\n\r\v\f\x1c\x1d\x1e\x85\N{LINE SEPARATOR}\N{PARAGRAPH SEPARATOR}")

#: Between two digits: marks of the decimal fraction, and marks that group thousands.
DECIMAL_MARKS: frozenset[str] = frozenset(".\N{ARABIC DECIMAL SEPARATOR}")
THOUSANDS_MARKS: frozenset[str] = frozenset(",\N{ARABIC THOUSANDS SEPARATOR}\N{ARABIC COMMA}")

#: The article and the letters written joined before a word (and, so, by, for, as), longest first; normalised spelling.
JOINED_PREFIXES: tuple[str, ...] = (
    "\N{ARABIC LETTER WAW}\N{ARABIC LETTER BEH}\N{ARABIC LETTER ALEF}\N{ARABIC LETTER LAM}",  # وبال
    "\N{ARABIC LETTER WAW}\N{ARABIC LETTER ALEF}\N{ARABIC LETTER LAM}",  # وال
    "\N{ARABIC LETTER FEH}\N{ARABIC LETTER ALEF}\N{ARABIC LETTER LAM}",  # فال
    "\N{ARABIC LETTER BEH}\N{ARABIC LETTER ALEF}\N{ARABIC LETTER LAM}",  # بال
    "\N{ARABIC LETTER KAF}\N{ARABIC LETTER ALEF}\N{ARABIC LETTER LAM}",  # كال
    "\N{ARABIC LETTER LAM}\N{ARABIC LETTER LAM}",  # لل
    "\N{ARABIC LETTER ALEF}\N{ARABIC LETTER LAM}",  # ال
    "\N{ARABIC LETTER WAW}",  # و
    "\N{ARABIC LETTER FEH}",  # ف
    "\N{ARABIC LETTER BEH}",  # ب
    "\N{ARABIC LETTER LAM}",  # ل
)


def has_digit(word: str) -> bool:
    """Whether a normalised word holds a figure."""
    return not word.isalpha() and any("0" <= c <= "9" for c in word)
