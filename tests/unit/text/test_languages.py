"""What each language's shoppers and titles say of one thing meets: forms of a noun, adjectives, words before vowels."""

from __future__ import annotations

import pytest

from product_search.text import STEMMED_LANGUAGES, fold, inflections, is_function_word, stem, terms
from product_search.text.spelling import edits_between

#: Forms of one word, with strokes between, as titles of shops and their shoppers write them.
ALIKE = {
    "fr": """chaussure/chaussures robe/robes bougie/bougies chapeau/chapeaux manteau/manteaux lunette/lunettes sac/sacs
        brodé/brodée/brodés/brodées rayé/rayée/rayées écharpe/écharpes bijou/bijoux coussin/coussins tasse/tasses
        montre/montres vêtement/vêtements noir/noire/noires vert/verte bleu/bleue/bleus blanc/blanche/blanches
        journal/journaux collier/colliers théière/théières élégant/élégante/élégants eau/l'eau été/d'été/l’été""",
    "es": """zapato/zapatos camión/camiones pantalón/pantalones vestido/vestidos rojo/roja/rojos/rojas azul/azules
        taza/tazas cojín/cojines reloj/relojes luz/luces sofá/sofás bolsa/bolsas marrón/marrones lápiz/lápices""",
    "it": """scarpa/scarpe maglione/maglioni tazza/tazze orologio/orologi borsa/borse rosso/rossa/rossi/rosse
        cuscino/cuscini bicchiere/bicchieri pantalone/pantaloni bianco/bianchi/bianca/bianche giacca/giacche
        zaino/zaini acqua/l'acqua/dell'acqua""",
    "pt": """sapato/sapatos calção/calções botão/botões vermelho/vermelha/vermelhos relógio/relógios azul/azuis
        almofada/almofadas garrafa/garrafas casaco/casacos lençol/lençóis xícara/xícaras""",
    "nl": """schoen/schoenen jas/jassen broek/broeken lamp/lampen tas/tassen kussen/kussens stoel/stoelen rood/rode
        zwart/zwarte fles/flessen mok/mokken trui/truien schaal/schalen jurk/jurken""",
    "sv": """sko/skor klänning/klänningar lampa/lampor kopp/koppar stol/stolar väska/väskor röd/röda/rött
        kudde/kuddar byxa/byxor jacka/jackor klocka/klockor""",
    "da": "kjole/kjoler lampe/lamper kop/kopper stol/stole taske/tasker rød/røde/rødt pude/puder jakke/jakker",
    "nb": "kjole/kjoler lampe/lamper kopp/kopper stol/stoler veske/vesker rød/røde/rødt pute/puter klokke/klokker",
    "pl": """but/buty sukienka/sukienki kubek/kubki lampa/lampy krzesło/krzesła torebka/torebki poduszka/poduszki
        czerwony/czerwona/czerwone kurtka/kurtki zegarek/zegarki""",
    "cs": "bota/boty lampa/lampy hrnek/hrnky kabelka/kabelky červený/červená/červené bunda/bundy",
    "ru": """платье/платья туфля/туфли лампа/лампы чашка/чашки сумка/сумки красный/красная/красные подушка/подушки
        куртка/куртки бутылка/бутылки""",
    "el": "παπούτσι/παπούτσια φόρεμα/φορέματα λάμπα/λάμπες τσάντα/τσάντες κόκκινο/κόκκινα μαξιλάρι/μαξιλάρια",
    "tr": """ayakkabı/ayakkabılar elbise/elbiseler lamba/lambalar bardak/bardaklar çanta/çantalar yastık/yastıklar
        saat/saatler şişe/şişeler""",
    "fi": "tuoli/tuolit lamppu/lamput kello/kellot tyyny/tyynyt laukku/laukut pullo/pullot",
    "hu": "cipő/cipők ruha/ruhák lámpa/lámpák csésze/csészék szék/székek piros/pirosak óra/órák",
    "ro": "pantof/pantofi rochie/rochii lampă/lămpi cană/căni scaun/scaune pernă/perne jachetă/jachete",
    "ca": "sabata/sabates llum/llums vestit/vestits rellotge/rellotges",
    "lt": "batas/batai suknelė/suknelės lempa/lempos",
}


@pytest.mark.parametrize(
    ("language", "forms"), [(language, each) for language, said in ALIKE.items() for each in said.split()]
)
def test_forms_of_a_word_have_one_stem(language, forms):
    first, *others = (terms(form, language) for form in forms.split("/"))
    assert others == [first] * len(others)
    for form in forms.split("/"):
        assert terms(fold(form), language) == first, "shoppers type no accents"


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("fr", "chapeau", "chape"),
        ("fr", "montre", "monture"),
        ("es", "casa", "cazo"),
        ("it", "borsa", "borraccia"),
        ("nl", "kast", "kasteel"),
        ("pt", "calça", "calção"),
        ("tr", "kalem", "kazak"),
    ],
)
def test_words_of_different_things_keep_apart(language, one, other):
    assert terms(one, language) != terms(other, language)


def test_a_language_without_rules_keeps_its_words():
    assert stem("kingad", "et") == "kingad"
    assert inflections("kingad", "et") == ()
    assert not is_function_word("ja", "et")


@pytest.mark.parametrize("language", STEMMED_LANGUAGES)
def test_no_word_is_all_ending(language):
    assert all(stem(word, language) for word in ("s", "e", "lar", "oes", "l'", "ов", "ων", "की"))


def test_norwegian_is_one_language():
    assert stem("kjoler", "no") == stem("kjoler", "nb") == stem("kjoler", "nn-NO") == "kjol"
    assert is_function_word("og", "no")


@pytest.mark.parametrize(
    ("language", "sentence", "telling"),
    [
        ("fr", "je cherche une robe pour l'été", ["robe", "l'ete"]),
        ("fr", "chaussures d'un enfant", ["chaussures", "enfant"]),
        ("es", "busco unos zapatos de cuero", ["zapatos", "cuero"]),
        ("it", "vorrei una borsa di pelle", ["borsa", "pelle"]),
        ("nl", "ik zoek een jas voor de winter", ["jas", "winter"]),
        ("pt", "quero um casaco de inverno", ["casaco", "inverno"]),
        ("sv", "jag letar efter en röd klänning", ["efter", "rod", "klanning"]),
        ("da", "jeg søger en rød kjole", ["rod", "kjole"]),
        ("nb", "jeg leter etter en rød kjole", ["etter", "rod", "kjole"]),
        ("pl", "szukam czerwonej sukienki na lato", ["czerwonej", "sukienki", "lato"]),
    ],
)
def test_little_words_tell_nothing(language, sentence, telling):
    words = [fold(word) for word in sentence.split()]
    assert [word for word in words if not is_function_word(word, language)] == telling


@pytest.mark.parametrize(
    ("language", "word"),
    [("fr", "sans"), ("fr", "pas"), ("fr", "montre"), ("fr", "or"), ("es", "sin"), ("es", "no"), ("it", "senza"),
     ("nl", "zonder"), ("nl", "geen"), ("pt", "sem"), ("sv", "utan"), ("da", "uden"), ("nb", "uten"), ("pl", "bez")],
)  # fmt: skip
def test_words_that_deny_or_name_things_do_tell(language, word):
    assert not is_function_word(word, language)


@pytest.mark.parametrize(
    ("language", "word", "form"),
    [("fr", "chaussure", "chaussures"), ("es", "rojo", "rojas"), ("it", "scarpa", "scarpe"),
     ("nl", "schoen", "schoenen"), ("sv", "jacka", "jackor"), ("pl", "kurtka", "kurtki"), ("de", "schuh", "schuhe")],
)  # fmt: skip
def test_slips_are_counted_from_other_forms_too(language, word, form):
    assert form in inflections(word, language)


def test_keys_lie_where_the_language_s_keyboards_have_them():
    french, english = (edits_between("rqc", "rac", language, 1) for language in ("fr-CA", "en"))
    assert french is not None
    assert english is not None
    assert french[1] < 1, "q is where a is looked for"
    assert edits_between("wcarf", "scarf", "fr", 1) is not None
    french, english = (edits_between("mivre", "livre", language, 1) for language in ("fr-CA", "en"))
    assert french is not None
    assert english is not None
    assert french[1] < english[1], "m lies beside l, and on English keyboards it does not"
