"""Texts that tokenizers disagree about: many scripts, special cases, and random characters."""

import random

BY_HAND = [
    "", " ", "a", "A", "z", "\t", "  \u3000 ", "a photo of a cat", "A Photo Of A CAT!",
    "a blue torus with stripes", "the   cat\tsat\u00a0on\u2003the\u3000mat",
    "it's I'm we're they've he'd she'll can't 'S 'T 'RE 'VE 'M 'LL 'D", "'s", "''s", "'''ll", "rock'n'roll",
    "don’t it’s", "o'clock 'tis 'twas", "'r 're 'rex 'v 've 'vex", "x's's's", "!'s", "-'ll-",
    "1234567890", "3.14 1,000 2nd 10th ½ ²³ Ⅷ ⅷ ① ٣٤ ४५ 五", "a1b2c3", "v2.0-beta", "$5 €6 £7 ¥8",
    "<|startoftext|>", "<|endoftext|>", "a<|endoftext|>b", "a <|startoftext|> b", "<|ENDOFTEXT|>",
    "!<|STARTOFTEXT|>!!", "<|StartOfText|>x<|EndOfText|>", "<|endoftext|><|endoftext|>",
    "<|endoftext", "endoftext|>", "<||endoftext||>", "<|endoftext|>'s", "<|end of text|>", "<|", "|>",
    "<sks> x", "x <Sks> y", "x<SKS>y", "x\t <sks>", "<Toy> a", "a<Toy>", "a <Toy>\t\n b".replace("\n", " "),
    "<toy> <Toy>.", "é<Toy>é", "<Toy>1", "_<Toy>_", "<pad>", "<PAD>", "a<pad><pad>b", "<cat-toy> <CAT-TOY>",
    "café", "cafe\u0301", "CAFÉ", "CAFE\u0301", "naïve coöperate façade", "Ångström Å \u212b A\u030a",
    "ﬁ ﬂ ﬃ Ǆ ǅ ǆ", "İstanbul I ı i İ", "ΑΣ ΣΑΣ σς ΟΔΥΣΣΕΥΣ", "STRASSE ß ẞ", "ŒUVRE Æ Ø Þ Ð",
    "Привет, мир! ЁЖ Й и\u0306", "Добро пожаловать", "Καλημέρα κόσμε", "ᾳ ᾼ ῼ ὈΔΥΣΣΕΎΣ",
    "שלום עולם", "שָׁלוֹם", "مرحبا بالعالم", "اَلسَّلَامُ", "नमस्ते दुनिया", "हिन्दी में कि", "தமிழ் மொழி", "ไทยภาษา", "ภาษาไทยง่าย",
    "ສະບາຍດີ", "မြန်မာဘာသာ", "ខ្មែរ", "ქართული ᲥᲐᲠᲗᲣᲚᲘ", "Հայերեն ԵՒ և", "አማርኛ", "ᏣᎳᎩ ᏣᎳ ꭰꭱ", "ᐃᓄᒃᑎᑐᑦ", "中文字符", "你好，世界！", "日本語テキスト",
    "ひらがなカタカナ", "がぎぐ か\u3099き\u3099", "ﾊﾝｶｸ ｶﾞ", "ＦＵＬＬ　ＷＩＤＴＨ", "한국어 텍스트", "\u1112\u1161\u11ab\u1100\u1173\u11af", "각 가\u11a8 \u1100\u1161\u11a8",
    "Tiếng Việt rất đẹp", "Tie\u0302\u0301ng Vie\u0323\u0302t", "o\u0302\u0323 o\u0323\u0302 ộ", "q\u0307\u0323 q\u0323\u0307",
    "a\u0300\u0301\u0302\u0303\u0304", "\u0300", "\u0301a", " \u0301", "x\u20dd", "Ȁ̀́͂", "\u0344 \u0340 \u0341", "\u2126 \u212a \u1f71",
    "\uf900 \ufa0e \ufb1d \ufb2c", "\U0001d15e \U0001d1bb", "\U0002f800", "\u2adc", "ক্ষ ড়", "ো ো", "ෝ", "ഹൊ",
    "😀 😃😄", "👩‍👩‍👧‍👦 family", "🏳️‍🌈", "👍🏽", "🇩🇪🇫🇷", "☕️ ☕", "#️⃣", "❤️", "™ © ®", "→ ← ↑", "∑∏∫ √2 ≤ ≥ ≠", "α+β=γ",
    "zero\u200bwidth", "non\u200cjoiner\u200djoiner", "soft\u00adhyphen", "rtl\u200fmark\u200e", "bom\ufeffinside",
    "a\u0085b", "a\u2028b\u2029c", "a\u1680b", "a\u180eb", "a\u2000\u2001\u200a\u202f\u205fb", "a\x0bb\x0cc", "a\x1cb\x1dc\x1ed\x1fe",
    "a\x00b", "\x01\x02\x7f", "\x80\x9f", "\ufffd", "\ufffe\uffff", "\ue000\uf8ff", "\U000f0000\U0010ffff", "\U0001f7ff\U0001fae9",
    "_under_score_", "__init__", "snake_case camelCase", "a-b-c", "e-mail@example.com", "https://example.com/a?b=c&d=e#f",
    "C:\\path\\file.txt", "{json: [1, 2]}", "<html>&amp;&lt;</html>", "100%", "#hashtag @user", "a/b", "a...b", "…", "—–-", "«quotes» “x” ‘y’",
    "ⒶⒷ ⓐⓑ", "𝐁𝐨𝐥𝐝 𝓢𝓬𝓻𝓲𝓹𝓽", "𐐀𐐨 𐐁", "Ꙁꙁ Ꚁ", "ǰ ᵃ ʰ ˢ", "ªº", "ª1º", "ℵ ℂ ℝ", "ⅠⅡⅢ ⅰ", "〇一二", "𒀀𒁀", "𓀀𓁐", "𐎀𐎁", "ꦗꦮ", "ᬩᬮᬶ", "ꯃꯤꯇꯩ", "ߒߞߏ", "ⵜⴰⵎⴰ",
    "\u1c89 \u1c8a \ua7cb \ua7da", "\U00010d40\U00010d50\U00010d70", "\U000105c9 \U000105d2\u0307", "\U00016d68 \U00016d63\U00016d67", "\u0897 \u1ae0\u0301", "\ua7d2 \ua7d4",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "the the the the the " * 20, "a" * 300, "ab" * 150, "!" * 100, "word " * 90, "١٢٣" * 30, "'s" * 50, "é" * 100,
]  # fmt: skip

BLOCKS = [
    (0x20, 0x7F), (0x20, 0x180), (0x180, 0x250), (0x250, 0x370), (0x370, 0x400), (0x400, 0x530), (0x530, 0x600),
    (0x600, 0x700), (0x900, 0xE00), (0xE00, 0x1000), (0x1000, 0x1100), (0x1100, 0x1200), (0x1200, 0x1400),
    (0x1E00, 0x2000), (0x2000, 0x2100), (0x2100, 0x2C00), (0x2C00, 0x2E80), (0x3000, 0x3100), (0x4E00, 0x9FFF),
    (0xA000, 0xAC00), (0xAC00, 0xD7A4), (0xF900, 0x10000), (0x10000, 0x11000), (0x11000, 0x12000),
    (0x16A00, 0x17000), (0x1D000, 0x1E000), (0x1E000, 0x1F000), (0x1F000, 0x20000), (0x20000, 0x32000),
    (0xE0000, 0xE01F0), (0x0, 0x110000),
]  # fmt: skip
PARTS = ["'s", "'ll", "'t ", "<|endoftext|>", "<|startoftext|>", " ", "  ", "\u0301", "\u0327", "\u3099", "1", "a",
         "E", "!", "-", "'", "the", " of"]  # fmt: skip


def character(rng, low, high):
    """Any character of a range that a line of text may hold."""
    while True:
        code = rng.randrange(low, high)
        if code not in (0x0A, 0x0D) and not 0xD800 <= code < 0xE000:
            return chr(code)


def made_up(rng):
    """A line of characters of one block or two, with pieces that matter to tokenizers between them."""
    blocks = rng.sample(BLOCKS, rng.choice([1, 1, 2]))
    parts = []
    for _ in range(rng.randrange(1, 24)):
        kind = rng.random()
        if kind < 0.7:
            parts.append(character(rng, *rng.choice(blocks)))
        else:
            parts.append(rng.choice(PARTS))
    return "".join(parts)


def lines(count, seed):
    rng = random.Random(seed)
    return [made_up(rng) for _ in range(count)]


HARD = BY_HAND + lines(160, seed=7)
