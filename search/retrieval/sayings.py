"""How each language says "without", "under", "between", "size" and "set of": few words, as patterns over folded text.

Languages that are not here have signs alone (quotes, a minus, €, <).
"""

from __future__ import annotations

from dataclasses import dataclass

#: A pattern that nothing matches.
NEVER = "(?!)"


@dataclass(frozen=True)
class Sayings:
    """The words of one language as regular expressions over folded text.

    The strong ones speak of a price even without a currency.
    """

    without: str = NEVER
    no: str = NEVER
    articles: str = NEVER
    between: str = NEVER
    conjunction: str = NEVER
    span: str = NEVER
    to: str = NEVER
    under: str = NEVER
    weakly_under: str = NEVER
    over: str = NEVER
    weakly_over: str = NEVER
    size: str = NEVER
    frame: str = NEVER
    counts: tuple[str, ...] = ()


SAYINGS = {
    "en": Sayings(
        without="without|excluding",
        no="not|no",
        articles="any|an?|the",
        between="between",
        conjunction="and",
        span="from",
        to="to",
        under="under|below|less than|cheaper than|no more than",
        weakly_under="up to|at most|max(?:imum)?",
        over="over|above|more than",
        weakly_over="from|at least|starting at|min(?:imum)?",
        size="size",
        frame=r"(?:photo(?:graph)?|picture|pic|image|illustration|drawing)s? (?:of|showing)",
        counts=(r"(?:set|pack|box|bundle) of (\d{1,4})", r"(\d{1,4})[- ]?(?:pack|pieces?|pcs)"),
    ),
    "de": Sayings(
        without="ohne",
        no="nicht|kein(?:e[mnrs]?)?",
        articles="eine[mnrs]?|ein|de[mnr]|die|das",
        between="zwischen",
        conjunction="und",
        span="von",
        to="bis",
        under="unter|weniger als|billiger als|gunstiger als",
        weakly_under="bis zu|bis|hochstens|max(?:imal)?",
        over="uber|mehr als|teurer als",
        weakly_over="ab|von|mindestens|min(?:destens)?",
        size="grosse|gr",
        frame=r"(?:foto|bild(?:er)?|abbildung(?:en)?|zeichnung(?:en)?)s? (?:von|eine[rs]|mit)",
        counts=(
            r"(\d{1,4})er[- ]?(?:set|pack(?:ung)?)",
            r"(?:set|pack(?:ung)?) (?:von|aus|mit) (\d{1,4})",
            r"(\d{1,4})[- ]?(?:teilig\w*|stuck)",
        ),
    ),
    "fr": Sayings(
        without="sans",
        no="pas",
        articles="une?|des?|la|les?",
        between="entre",
        conjunction="et",
        span="de",
        to="a",
        under="moins de|moins cher que|en[- ]dessous de|sous",
        weakly_under="jusqu'a|au plus|max(?:imum)?",
        over="plus de|plus cher que|au[- ]dessus de",
        weakly_over="a partir de|des|au moins|min(?:imum)?",
        size="taille|pointure",
        frame=r"(?:photo(?:graphie)?|image|illustration|dessin)s? (?:de|avec|montrant)",
        counts=(
            r"(?:lot|set|pack|paquet|boite) de (\d{1,4})",
            r"(\d{1,4})[- ]?(?:pieces?|pcs|unites?)",
        ),
    ),
    "es": Sayings(
        without="sin",
        no="no",
        articles="una?|el|las?|los",
        between="entre",
        conjunction="y",
        span="de|desde",
        to="a|hasta",
        under="menos de|mas baratos? que|mas baratas? que|por debajo de",
        weakly_under="hasta|como maximo|max(?:imo)?",
        over="mas de|mas caros? que|mas caras? que|por encima de",
        weakly_over="desde|a partir de|al menos|min(?:imo)?",
        size="talla",
        frame=r"(?:foto(?:grafia)?|imagen|ilustracion|dibujo)s? (?:de|con)",
        counts=(
            r"(?:juego|set|pack|lote|caja) de (\d{1,4})",
            r"(\d{1,4})[- ]?(?:piezas?|uds|unidades)",
        ),
    ),
    "it": Sayings(
        without="senza",
        no="non|no",
        articles="una?|il|la|le|gli",
        between="tra|fra",
        conjunction="e",
        span="da|dai",
        to="a|ai|fino a",
        under="meno di|sotto(?: i)?|piu economic[oaie]+ di",
        weakly_under="fino a|al massimo|massimo|max",
        over="piu di|oltre(?: i)?|sopra(?: i)?|piu car[oaie] di",
        weakly_over="da|a partire da|almeno|min(?:imo)?",
        size="taglia|misura",
        frame=r"(?:foto(?:grafia)?|immagin[ei]|illustrazion[ei]|disegn[oi]) (?:di|con)",
        counts=(
            r"(?:set|confezione|pacco|lotto) (?:da|di) (\d{1,4})",
            r"(\d{1,4})[- ]?(?:pezz[oi]|pz)",
        ),
    ),
    "nl": Sayings(
        without="zonder",
        no="niet|geen",
        articles="een|de|het",
        between="tussen",
        conjunction="en",
        span="van",
        to="tot",
        under="onder(?: de)?|minder dan|goedkoper dan",
        weakly_under="tot|hoogstens|max(?:imaal)?",
        over="boven(?: de)?|meer dan|duurder dan",
        weakly_over="vanaf|minstens|min(?:imaal)?",
        size="maat",
        frame=r"(?:foto|afbeelding|tekening)(?:'?s|en)? (?:van|met)",
        counts=(r"(?:set|pak|doos) van (\d{1,4})", r"(\d{1,4})[- ]?(?:delige?|stuks?|pack)"),
    ),
    "pt": Sayings(
        without="sem",
        no="nao",
        articles="uma?|os?|as?",
        between="entre",
        conjunction="e",
        span="de",
        to="a|ate",
        under="menos de|abaixo de|mais baratos? que|mais baratas? que",
        weakly_under="ate|no maximo|max(?:imo)?",
        over="mais de|acima de|mais caros? que|mais caras? que",
        weakly_over="a partir de|desde|no minimo|pelo menos|min(?:imo)?",
        size="tamanho",
        frame=r"(?:foto(?:grafia)?|imagem|ilustracao|desenho)s? (?:de|com)",
        counts=(
            r"(?:conjunto|kit|pack|set|caixa) (?:de|com) (\d{1,4})",
            r"(\d{1,4})[- ]?(?:pecas?|unidades)",
        ),
    ),
    "sv": Sayings(
        without="utan",
        no="inte|ej",
        articles="en|ett|den|det|de",
        between="mellan",
        conjunction="och",
        span="fran",
        to="till",
        under="under|mindre an|billigare an",
        weakly_under="upp till|hogst|max",
        over="over|mer an|dyrare an",
        weakly_over="fran|minst|min",
        size="storlek",
        frame=r"(?:foto|bild(?:er)?|teckning(?:ar)?) (?:av|pa|med)",
        counts=(r"(?:set|paket) (?:om|med) (\d{1,4})", r"(\d{1,4})[- ]?(?:pack|delar|st)"),
    ),
    "da": Sayings(
        without="uden",
        no="ikke|ingen",
        articles="en|et|den|det|de",
        between="mellem",
        conjunction="og",
        span="fra",
        to="til",
        under="under|mindre end|billigere end",
        weakly_under="op til|hojst|maks(?:imum)?|max",
        over="over|mere end|dyrere end",
        weakly_over="fra|mindst|min(?:imum)?",
        size="storrelse|str",
        frame=r"(?:foto|billede(?:r)?|tegning(?:er)?) (?:af|med)",
        counts=(r"(?:saet|pakke) (?:med|af) (\d{1,4})", r"(\d{1,4})[- ]?(?:pak|dele|stk)"),
    ),
    "nb": Sayings(
        without="uten",
        no="ikke|ingen",
        articles="en|ei|et|den|det|de",
        between="mellom",
        conjunction="og",
        span="fra",
        to="til",
        under="under|mindre enn|billigere enn",
        weakly_under="opp til|opptil|hoyst|maks(?:imum)?|max",
        over="over|mer enn|dyrere enn",
        weakly_over="fra|minst|min(?:imum)?",
        size="storrelse|str",
        frame=r"(?:foto|bilde(?:r)?|tegning(?:er)?) (?:av|med)",
        counts=(r"(?:sett|pakke) (?:med|av) (\d{1,4})", r"(\d{1,4})[- ]?(?:pk|deler|stk)"),
    ),
    "pl": Sayings(
        without="bez",
        no="nie",
        between="miedzy|pomiedzy",
        conjunction="a|i",
        span="od",
        to="do",
        under="ponizej|mniej niz|tansz[eay] niz",
        weakly_under="do|maks(?:ymalnie)?|max",
        over="powyzej|ponad|wiecej niz|drozsz[eay] niz",
        weakly_over="od|co najmniej|min(?:imum)?",
        size="rozmiar",
        frame=r"(?:zdjeci[ea]|obraz(?:ek|ki)?|rysun(?:ek|ki)) (?:z|ze)",
        counts=(r"(?:zestaw|komplet) (\d{1,4})", r"(\d{1,4})[- ]?(?:szt|sztuk[ai]?|elementow)"),
    ),
}
