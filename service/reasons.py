"""The words of explanations, in Arabic and English: rules, features, what would have had to differ. Tables only, and counting.

A rule or a feature that is not in its table here fails a test; what is missing is shown by its name until then.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from service.words import Language

#: How a value is shown: 0.62 as 62%, as a count, with two decimals, (log2) as a number of articles or days, as yes or no.
Unit = Literal["share", "count", "number", "articles", "days", "yes"]


#: What a sentence is about, in reading order.
About = Literal[
    "verdict", "rule", "passages", "gaps", "model", "changed", "otherwise", "credit", "headline", "conclusion", "arrival"
]


class Feature(NamedTuple):
    """What a field of `Similarity` is called, what it says, and how its value is shown."""

    label: str
    note: str
    unit: Unit


#: Rule -> what it found. Names as in `body.rule`.
BODY_RULES: dict[Language, dict[str, str]] = {
    "en": {
        "fewer_than_min_body_words": "There are too few words to judge.",
        "no_candidate": "No earlier article shares enough with it to be compared.",
        "same_words": "The words of both texts are the same.",
        "copy_model": "The copy model, a weighted sum of the features below, takes the later text for a copy.",
        "copy_model_with_changed_figures": "The copy model takes the later text for a copy, and figures in it have changed.",
        "copy_model_with_moved_stage": "The copy model takes the later text for a copy, and the story has moved on in it.",
        "pieces_of_several": "The text is made of pieces of several earlier articles.",
        "same_frame_other_figures": "Both fill the same frame with other figures, as the bulletins of two days do.",
        "same_frame_other_names": "Both fill the same frame with other names, as two cables of condolence do.",
        "same_frame_other_words": "Both fill the same frame with other words, as announcements of two events do.",
        "pinned_template": "What they share is wording that a person marked as standing.",
        "standing_wording": "What they share is standing wording, found in many articles.",
        "no_copy_among_candidates": "What they share is too little, or too common, for a copy.",
    },
    "ar": {
        "fewer_than_min_body_words": "عدد الكلمات أقل من أن يُحكم عليه.",
        "no_candidate": "لا توجد مادة سابقة تشترك معها في ما يكفي للمقارنة.",
        "same_words": "كلمات النصين متطابقة.",
        "copy_model": "نموذج النسخ، وهو مجموع موزون للسمات المذكورة أدناه، يعدّ النص اللاحق منسوخاً.",
        "copy_model_with_changed_figures": "نموذج النسخ يعدّ النص اللاحق منسوخاً، وقد تغيّرت فيه أرقام.",
        "copy_model_with_moved_stage": "نموذج النسخ يعدّ النص اللاحق منسوخاً، وقد انتقل فيه الخبر إلى مرحلة أخرى.",
        "pieces_of_several": "النص مجموع من أجزاء مواد سابقة عدة.",
        "same_frame_other_figures": "النصان قالب واحد مُلئ بأرقام مختلفة، كما في نشرتين ليومين.",
        "same_frame_other_names": "النصان قالب واحد مُلئ بأسماء مختلفة، كما في برقيتي تعزية.",
        "same_frame_other_words": "النصان قالب واحد مُلئ بكلمات مختلفة، كما في إعلانين عن حدثين.",
        "pinned_template": "المشترك بينهما عبارات عيّنها شخص على أنها ثابتة.",
        "standing_wording": "المشترك بينهما عبارات ثابتة ترد في مواد كثيرة.",
        "no_copy_among_candidates": "المشترك بينهما أقل، أو أكثر شيوعاً، من أن يدل على نسخ.",
    },
}

#: The same of headlines. Names as in `headline.rule`.
HEADLINE_RULES: dict[Language, dict[str, str]] = {
    "en": {
        "no_headline": "The later article has no headline.",
        "no_like_headline": "The words of the two headlines differ too much.",
        "same_words": "The words of the headlines are the same, labels such as «عاجل» and outlet names aside.",
        "small_differences": "The headlines say the same with small differences.",
        "changed_fact": "The headlines have nearly the same words, but a fact differs.",
        "recurs_over_unrelated_bodies": "It is a section title that stood over unrelated texts before.",
    },
    "ar": {
        "no_headline": "ليس للمادة اللاحقة عنوان.",
        "no_like_headline": "يختلف العنوانان في كلماتهما اختلافاً كبيراً.",
        "same_words": "كلمات العنوانين متطابقة، بصرف النظر عن وسوم مثل «عاجل» وعن أسماء المواقع.",
        "small_differences": "يقول العنوانان الشيء نفسه بفروق صغيرة.",
        "changed_fact": "كلمات العنوانين متقاربة جداً، لكنهما يختلفان في واقعة.",
        "recurs_over_unrelated_bodies": "هذا عنوان زاوية ثابتة ورد من قبل فوق نصوص لا صلة بينها.",
    },
}

FEATURES: dict[Language, dict[str, Feature]] = {
    "en": {
        "jaccard": Feature("Jaccard similarity", "Word runs that both texts have, of all that either has.", "share"),
        "containment_of_new": Feature("later text found in the earlier", "Of the later text's word runs.", "share"),
        "containment_of_old": Feature("earlier text found in the later", "Of the earlier text's word runs.", "share"),
        "shared_of_new": Feature("share of the later text in shared passages", "Of its words, in order.", "share"),
        "shared_of_old": Feature("share of the earlier text in shared passages", "Of its words, in order.", "share"),
        "shared_of_shorter": Feature(
            "share of the shorter text in shared passages", "100% where the shorter text stands whole in the other one.", "share"
        ),
        "taken_over": Feature(
            "pieces of the shorter text that stand in the other",
            "Also where their words were changed or put in another order.",
            "share",
        ),
        "names_agree": Feature(
            "names in the shared text that the other article has",
            "Persons, places and institutions; 90% where the shared text has none.",
            "share",
        ),
        "names_exchanged": Feature("names put in the place of others", "For every 100 shared words.", "number"),
        "same_source": Feature(
            "one outlet published both", "An outlet reuses its own standing wording more than others do.", "yes"
        ),
        "other_days": Feature(
            "other days on which the shared wording was published",
            "Wording that comes again on other days stands for other events.",
            "days",
        ),
        "standing_share": Feature(
            "shared passages that are the outlet's standing wording",
            "Those that the later article's outlet had used in at least three earlier articles.",
            "share",
        ),
        "passage_frequency": Feature(
            "earlier articles that have the shared passages",
            "The more articles have a passage, the less it says about where a text comes from (the median passage counts).",
            "articles",
        ),
        "headline_unsupported": Feature(
            "headline words that the other article does not bear out",
            "Of the shorter text's headline, the long words that the other article has nowhere.",
            "share",
        ),
        "slots": Feature("short replacements inside shared wording", "Places where a few words were exchanged.", "count"),
        "frame_rate": Feature(
            "long words exchanged inside sentences that stay",
            "For every 100 shared words; many in a frame filled anew.",
            "number",
        ),
        "changed_figures": Feature("figures that changed in place", "Numbers and weekdays, old against new.", "count"),
        "changed_figure_rate": Feature("figures changed for every 100 shared words", "Numbers and weekdays.", "number"),
        "figure_agreement": Feature(
            "figures that both texts have", "Of the figures of the text with fewer; 100% where there are none.", "share"
        ),
    },
    "ar": {
        "jaccard": Feature("تشابه جاكار", "ما يشترك فيه النصان من سلاسل الكلمات قياساً إلى كل ما فيهما.", "share"),
        "containment_of_new": Feature("ما في السابق من النص اللاحق", "من سلاسل كلمات النص اللاحق.", "share"),
        "containment_of_old": Feature("ما في اللاحق من النص السابق", "من سلاسل كلمات النص السابق.", "share"),
        "shared_of_new": Feature("حصة المقاطع المشتركة من النص اللاحق", "من كلماته بترتيبها.", "share"),
        "shared_of_old": Feature("حصة المقاطع المشتركة من النص السابق", "من كلماته بترتيبها.", "share"),
        "shared_of_shorter": Feature(
            "حصة المقاطع المشتركة من النص الأقصر", "تبلغ 100% إذا ورد النص الأقصر كله في النص الآخر.", "share"
        ),
        "taken_over": Feature(
            "نسبة أجزاء النص الأقصر الواردة في الآخر",
            "وإن تغيّرت كلماتها أو تبدّل ترتيبها.",
            "share",
        ),
        "names_agree": Feature(
            "نسبة الأسماء في النص المشترك التي ترد في المادة الأخرى",
            "أسماء أشخاص وأماكن ومؤسسات؛ وتُحسب 90% إذا خلا المشترك من الأسماء.",
            "share",
        ),
        "names_exchanged": Feature("معدل الأسماء التي حلّت محل غيرها", "لكل 100 كلمة مشتركة.", "number"),
        "same_source": Feature("صدور المادتين عن مصدر واحد", "يعيد المصدر عباراته الثابتة أكثر مما يفعل غيره.", "yes"),
        "other_days": Feature(
            "الأيام الأخرى التي نُشر فيها الكلام المشترك",
            "الكلام الذي يعود في أيام أخرى يُقال في أحداث أخرى.",
            "days",
        ),
        "standing_share": Feature(
            "نسبة المقاطع المشتركة التي هي من عبارات المصدر الثابتة",
            "مقاطع سبق أن استخدمها مصدر المادة اللاحقة في ثلاث مواد على الأقل.",
            "share",
        ),
        "passage_frequency": Feature(
            "عدد المواد السابقة التي وردت فيها المقاطع المشتركة",
            "كلما شاع المقطع في مواد أكثر قلّت دلالته على أصل النص (يُحسب المقطع الأوسط).",
            "articles",
        ),
        "headline_unsupported": Feature(
            "نسبة كلمات العنوان التي لا أثر لها في المادة الأخرى",
            "الكلمات الطويلة في عنوان النص الأقصر مما لا يرد في المادة الأخرى.",
            "share",
        ),
        "slots": Feature("عدد الاستبدالات القصيرة داخل الكلام المشترك", "مواضع استُبدلت فيها كلمات قليلة.", "count"),
        "frame_rate": Feature(
            "معدل الكلمات الطويلة المستبدلة داخل جمل باقية", "لكل 100 كلمة مشتركة؛ ويرتفع في القالب الذي يُملأ من جديد.", "number"
        ),
        "changed_figures": Feature("عدد الأرقام التي تغيّرت في مواضعها", "الأعداد وأيام الأسبوع.", "count"),
        "changed_figure_rate": Feature("معدل الأرقام المتغيّرة لكل 100 كلمة مشتركة", "الأعداد وأيام الأسبوع.", "number"),
        "figure_agreement": Feature(
            "نسبة الأرقام الواردة في النصين معاً", "من أرقام النص الأقل أرقاماً؛ وتُحسب 100% إذا خلا من الأرقام.", "share"
        ),
    },
}

#: Verdict -> what it says of the two texts; `partial` by its relation.
VERDICT: dict[Language, dict[str, str]] = {
    "en": {
        "repeat": "The later text repeats the earlier one: vowel marks, spellings and punctuation aside, it is the same.",
        "copy": "The later text is a copy of the earlier one, lightly edited.",
        "partial shorter": "The later text is a shortened version: a large part of it is taken from the earlier one.",
        "partial longer": "The later text takes over a large part of the earlier one and adds its own.",
        "partial merged": "The later text takes over pieces of several articles.",
        "update": "The later text is a newer version of the same story: wording is reused, and facts have moved on.",
        "template": "The two use the same standing wording for different events: the later text is no copy.",
        "new": "The later text is no copy of the earlier one.",
        "too_short": "There is not enough text to judge.",
    },
    "ar": {
        "repeat": "النص اللاحق تكرار للنص السابق: هو نفسه بصرف النظر عن التشكيل وصور الحروف وعلامات الترقيم.",
        "copy": "النص اللاحق نسخة من النص السابق مع تحرير طفيف.",
        "partial shorter": "النص اللاحق صيغة مختصرة: جزء كبير منه مأخوذ من النص السابق.",
        "partial longer": "النص اللاحق يأخذ جزءاً كبيراً من النص السابق ويضيف إليه.",
        "partial merged": "النص اللاحق يأخذ أجزاء من مواد عدة.",
        "update": "النص اللاحق صيغة أحدث من الخبر نفسه: أُعيد استخدام الكلام وتغيّرت وقائع.",
        "template": "في النصين صيغة جاهزة واحدة لحدثين مختلفين: ليس اللاحق نسخة من السابق.",
        "new": "النص اللاحق ليس نسخة من النص السابق.",
        "too_short": "النص أقصر من أن يُحكم عليه.",
    },
}

#: Verdict -> what would have made another of it, beside what the model says.
OTHERWISE: dict[Language, dict[str, str]] = {
    "en": {
        "repeat": "One word more, less or replaced would have made it a copy instead of a repeat.",
        "copy": "With equal words it would be a repeat; with figures changed in place, an update; with much text cut or added, "
        "a partial copy.",
        "partial": "With most of both texts in shared passages it would be a copy.",
        "update": "Had no figure and no stage moved on, it would be a copy or a partial copy.",
        "template": "With the same names and figures in the shared wording it would be a copy.",
    },
    "ar": {
        "repeat": "لو زادت كلمة أو نقصت أو استُبدلت لكان نسخة محررة لا نسخة مطابقة.",
        "copy": "لو تطابقت الكلمات لكان نسخة مطابقة، ولو تغيّرت أرقام في مواضعها لكان تحديثاً، "
        "ولو حُذف منه أو أُضيف إليه كثير لكان نقلاً جزئياً.",
        "partial": "لو كان معظم النصين في مقاطع مشتركة لكان نسخة محررة.",
        "update": "لو لم تتغيّر الأرقام ولم ينتقل الخبر إلى مرحلة أخرى لكان نسخة محررة أو نقلاً جزئياً.",
        "template": "لو كانت الأسماء والأرقام في الصيغة المشتركة هي نفسها لكان نسخة محررة.",
    },
}

#: How the earlier article stood when the later one arrived (`explanation.Reason`).
STANDING: dict[Language, dict[str, str]] = {
    "en": {
        "compared": "When the later article arrived, the earlier one was among those compared with it word by word.",
        "too_short": "The two were not compared: one of them has too few words to be judged.",
        "past_retention": "The two were not compared: when the later article arrived, the earlier one was past the retention "
        "of {retention}.",
        "outside_window": "The two were not compared: they were published {apart} apart, and the matching window is {window}.",
        "no_shared_passage": "The two were not compared: they share no passage by which the earlier one could be found.",
        "list_full": "The two were not compared: the passages they share stood in so many earlier articles that this one was not "
        "listed under them.",
        "shared_too_common": "The two were not compared: the little they share stands in many earlier articles.",
        "others_closer": "The two were not compared: others shared more with the later one, and at most {most} are compared.",
    },
    "ar": {
        "compared": "عند وصول المادة اللاحقة كانت السابقة بين المواد التي قورنت بها كلمة كلمة.",
        "too_short": "لم تُقارن المادتان: كلمات إحداهما أقل من أن يُحكم عليها.",
        "past_retention": "لم تُقارن المادتان: عند وصول المادة اللاحقة كانت السابقة قد تجاوزت مدة الحفظ، وهي {retention}.",
        "outside_window": "لم تُقارن المادتان: بين موعدي نشرهما {apart}، ونافذة المطابقة {window}.",
        "no_shared_passage": "لم تُقارن المادتان: لا يوجد بينهما مقطع مشترك يدلّ على المادة السابقة.",
        "list_full": "لم تُقارن المادتان: المقاطع المشتركة بينهما وردت في مواد سابقة كثيرة، فلم تُدرج هذه المادة تحتها.",
        "shared_too_common": "لم تُقارن المادتان: القليل المشترك بينهما يرد في مواد سابقة كثيرة.",
        "others_closer": "لم تُقارن المادتان: كانت مواد أخرى أقرب إلى اللاحقة، ولا يُقارن أكثر من {most}.",
    },
}

FREQUENCIES: dict[Language, dict[str, str]] = {
    "en": {
        "arrival": "How common the shared passages are was counted as of the later article's arrival.",
        "partly": "How common the shared passages were at the later article's arrival is known in part only: older articles were "
        "deleted since.",
        "none": "How common the shared passages are is not known without an index: the earlier text counts as the only one.",
    },
    "ar": {
        "arrival": "شيوع المقاطع المشتركة محسوب كما كان عند وصول المادة اللاحقة.",
        "partly": "شيوع المقاطع المشتركة عند وصول المادة اللاحقة لا يُعرف إلا جزئياً، فقد حُذفت مواد أقدم منذ ذلك الحين.",
        "none": "شيوع المقاطع المشتركة لا يُعرف من دون فهرس، فيُعدّ النص السابق وحده.",
    },
}

#: Gap kind -> what happened; {places} and {words} are counted nouns.
GAPS: dict[Language, dict[str, str]] = {
    "en": {
        "replaced": "{words} replaced ({places})",
        "cut": "{words} of the earlier text cut ({places})",
        "added": "{words} added in the later text ({places})",
        "moved": "order changed ({places})",
    },
    "ar": {
        "replaced": "استبدال {words} في {places}",
        "cut": "حذف {words} من النص السابق في {places}",
        "added": "إضافة {words} إلى النص اللاحق في {places}",
        "moved": "تغيير الترتيب في {places}",
    },
}

#: The rest, by name.
SENTENCES: dict[Language, dict[str, str]] = {
    "en": {
        "later_short": "The later text has {words}; at least {least} are needed to judge it (setting min_body_words).",
        "earlier_short": "The earlier text has {words}; at least {least} are needed to compare it (setting min_body_words).",
        "no_passage": "They share no passage of four words or more.",
        "one_passage": "They share one passage, of {longest}.",
        "passages": "They share {passages}, the longest of {longest}.",
        "two_passages": "They share {passages}, the longer of {longest}.",
        "shares": "{of_new} of the later text's words and {of_old} of the earlier text's words stand in shared runs.",
        "gaps": "Around what is shared: {gaps}.",
        "for": "For a copy – {terms}.",
        "against": "Against one – {terms}.",
        "sum": "With the starting value {intercept} this adds up to {sum}, a score of {score}; a copy has {threshold} or more.",
        "overruled": "By itself the model would give {model}; the rule decides, with {score}.",
        "ruled": "That does not count here: the rule decides, whatever the model says.",
        "would_be": "Enough for a copy, all else equal: {label} {needed} instead of {value}.",
        "would_not_be": "Enough to be no copy, all else equal: {label} {needed} instead of {value}.",
        "at_least": "at least {value}",
        "at_most": "at most {value}",
        "no_single": "No single feature could have changed the model's answer: several would have to differ.",
        "changes": "Changed ({kind}): {changes}.",
        "changed": "«{old}» is now «{new}»",
        "appeared": "«{new}» is new",
        "vanished": "«{old}» is gone",
        "credit": "The later text credits an agency: «{text}».",
        "mention": "The later text mentions an agency: «{text}».",
        "uncredited": "The earlier article credits this text to an agency ({agency}); the later one does not.",
        "duplicate": "So it is a duplicate of the earlier article.",
        "no_duplicate": "So it is no duplicate of the earlier article.",
        "duplicate_repeated": "So it is a duplicate of the earlier article, and the headline is repeated.",
        "no_duplicate_repeated": "So it is no duplicate of the earlier article, but the headline is repeated.",
        "hypothetical": "What is said here is what a comparison of the two gives.",
        "recorded": "Recorded when {id} arrived: body {body}, headline {headline}.",
        "recorded_of": "{verdict} of {id}",
        "none": "none",
        "not_recorded": "No verdict is recorded for the later article.",
        "other_settings": "That was decided by other settings (version {version}) than today's.",
        "yes": "yes",
        "no": "no",
        "about": "about {count}",
    },
    "ar": {
        "later_short": "في النص اللاحق {words}، ولا يُحكم على ما يقل عن {least} (الإعداد min_body_words).",
        "earlier_short": "في النص السابق {words}، ولا يُقارن ما يقل عن {least} (الإعداد min_body_words).",
        "no_passage": "لا يشترك النصان في أي مقطع من أربع كلمات فأكثر.",
        "one_passage": "يشترك النصان في مقطع واحد من {longest}.",
        "passages": "يشترك النصان في {passages}، أطولها من {longest}.",
        "two_passages": "يشترك النصان في {passages}، أطولهما من {longest}.",
        "shares": "يقع {of_new} من كلمات النص اللاحق و{of_old} من كلمات النص السابق في سلاسل مشتركة.",
        "gaps": "وحول المشترك: {gaps}.",
        "for": "مما يدل على النسخ – {terms}.",
        "against": "ومما يدل على خلافه – {terms}.",
        "sum": "ومع قيمة البداية {intercept} يبلغ المجموع {sum}، أي درجة {score}؛ ويُعدّ النص نسخة ابتداءً من {threshold}.",
        "overruled": "النموذج وحده يعطي درجة {model}، لكن القاعدة هي التي حسمت بدرجة {score}.",
        "ruled": "ولا أثر لذلك هنا: القاعدة هي التي تحسم أياً كان رأي النموذج.",
        "would_be": "كان يكفي لعدّه نسخة، مع بقاء ما سوى ذلك على حاله: {label} {needed} بدلاً من {value}.",
        "would_not_be": "كان يكفي لئلا يُعدّ نسخة، مع بقاء ما سوى ذلك على حاله: {label} {needed} بدلاً من {value}.",
        "at_least": "{value} على الأقل",
        "at_most": "{value} على الأكثر",
        "no_single": "ما كانت سمة واحدة لتغيّر حكم النموذج: لا بد أن تختلف سمات عدة.",
        "changes": "تغيّر ({kind}): {changes}.",
        "changed": "كان «{old}» وصار «{new}»",
        "appeared": "أُضيف «{new}»",
        "vanished": "حُذف «{old}»",
        "credit": "ينسب النص اللاحق نفسه إلى وكالة: «{text}».",
        "mention": "يذكر النص اللاحق وكالة: «{text}».",
        "uncredited": "تنسب المادة السابقة هذا النص إلى وكالة ({agency})، ولا تنسبه اللاحقة إليها.",
        "duplicate": "إذن فالمادة اللاحقة تكرار للسابقة.",
        "no_duplicate": "إذن فالمادة اللاحقة ليست تكراراً للسابقة.",
        "duplicate_repeated": "إذن فالمادة اللاحقة تكرار للسابقة، وعنوانها مكرر أيضاً.",
        "no_duplicate_repeated": "إذن فالمادة اللاحقة ليست تكراراً للسابقة، لكن عنوانها مكرر.",
        "hypothetical": "وما يُقال هنا هو ما تعطيه المقارنة بينهما.",
        "recorded": "سُجّل عند وصول «{id}»: النص: {body}؛ العنوان: {headline}.",
        "recorded_of": "{verdict} (المادة السابقة «{id}»)",
        "none": "لا شيء",
        "not_recorded": "لا يوجد حكم مسجّل للمادة اللاحقة.",
        "other_settings": "وقد صدر وفق إعدادات (النسخة {version}) غير إعدادات اليوم.",
        "yes": "نعم",
        "no": "لا",
        "about": "نحو {counted}",
    },
}

#: Headings of the command's answer.
HEADINGS: dict[Language, dict[str, str]] = {
    "en": {"earlier": "Earlier", "later": "Later", "body": "Body", "headline": "Headline", "no_source": "no source"},
    "ar": {"earlier": "السابقة", "later": "اللاحقة", "body": "النص", "headline": "العنوان", "no_source": "بلا مصدر"},
}

Noun = Literal["word", "passage", "place", "article", "day"]

_ENGLISH: dict[Noun, tuple[str, str]] = {
    "word": ("word", "words"),
    "passage": ("passage", "passages"),
    "place": ("place", "places"),
    "article": ("earlier article", "earlier articles"),
    "day": ("day", "days"),
}
#: One; two as subject; two otherwise; 3-10; 11-99; from 100 on.
_ARABIC: dict[Noun, tuple[str, str, str, str, str, str]] = {
    "word": ("كلمة واحدة", "كلمتان", "كلمتين", "كلمات", "كلمة", "كلمة"),
    "passage": ("مقطع واحد", "مقطعان", "مقطعين", "مقاطع", "مقطعاً", "مقطع"),
    "place": ("موضع واحد", "موضعان", "موضعين", "مواضع", "موضعاً", "موضع"),
    "article": ("مادة واحدة", "مادتان", "مادتين", "مواد", "مادة", "مادة"),
    "day": ("يوم واحد", "يومان", "يومين", "أيام", "يوماً", "يوم"),
}


def counted(language: Language, noun: Noun, n: int, *, subject: bool = False) -> str:
    """A number with its noun: «3 مقاطع», "3 passages". `subject` chooses the case of the Arabic dual («مقطعان»)."""
    if language == "en":
        one, more = _ENGLISH[noun]
        return f"{n:,} {one if n == 1 else more}"
    one, two, two_otherwise, few, many, hundreds = _ARABIC[noun]
    if n == 1:
        return one
    if n == 2:
        return two if subject else two_otherwise
    rest = n % 100
    return f"{n:,} {few if 3 <= rest <= 10 else many if rest >= 11 else hundreds}"


def feature(language: Language, name: str) -> Feature:
    """The words of a feature; its bare name if it has none yet."""
    return FEATURES[language].get(name, Feature(name, "", "number"))
