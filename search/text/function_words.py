"""Words that say how others belong together and name nothing: "a mug with a handle" asks for a mug and a handle.

They are not taken out of any text, and beside nothing else they are words like all others ("The Who"); only what a
query must find is judged without them. What negates or counts ("without", "not", "under", "set") is none of them.
"""

from __future__ import annotations

from .folding import fold
from .stemming import base_language

_WRITTEN = {
    "en": """
        a an the and or of for with in on at to from by as into is are am be was were do does have has
        i i'm i'd me my we our us you your he him his she her they them their it its
        this that these those some any such there here what which who where how
        please show find search searching look looking want wanting need needing buy buying get give like would could
        got sell sells recommend suggest see hello hi
        can something anything thing things one ones kind kinds sort sorts
    """,
    "de": """
        ein eine einen einem einer eines der die das den dem des und oder als wie zu zum zur
        mit in im ins an am ans auf aus fuer für von vom bei beim nach über durch um
        ist sind war hat haben sein ich mir mich mein meine meinen wir uns unser unsere du dir dich dein deine
        er ihm ihn sie ihr ihre es man sich dieser diese dieses diesen jener jene welche welcher welches was wo
        bitte zeig zeige zeigen finde finden such suche suchen möchte moechte will wollen brauche brauchen
        haben habt hast gibt gebt kann können könnt verkauft verkaufen empfehlen sehen hallo
        kaufen hätte haette gern gerne etwas irgendein irgendeine art
    """,
}
_FOLDED = {
    language: frozenset(fold(word) for word in written.split()) for language, written in _WRITTEN.items()
}


def is_function_word(word: str, language: str) -> bool:
    """Whether the folded, unstemmed `word` is one in `language`; of languages without a list, no word is."""
    return word in _FOLDED.get(base_language(language), ())
