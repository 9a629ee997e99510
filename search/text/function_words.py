"""Words that say how others belong together and name nothing: "a mug with a handle" asks for a mug and a handle.

They are not taken out of any text, and beside nothing else they are words like all others ("The Who"); only what a
query must find is judged without them. What negates or counts ("without", "not", "under", "set") is none of them.
"""

from __future__ import annotations

from .folding import fold
from .stemming import base_language, without_elision

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
    "fr": """
        un une des le la les de du au aux et ou avec pour dans en sur par comme chez vers
        est sont suis es êtes sommes était ai as a avons avez ont avoir être
        je me moi mon ma mes nous notre nos vous votre vos tu te toi ton ta tes il elle on ils elles lui leur leurs
        se sa ses ce cet cette ces ça cela celui celle qui que quoi quel quelle quels quelles dont où
        svp merci bonjour montrez trouver trouve trouvez chercher cherche cherchons recherche voir
        veux voudrais voulons vouloir besoin acheter achète vendez peux pouvez peut aimerais y
        quelque quelques chose choses genre sorte
    """,
    "es": """
        un una unos unas el la los las lo de del al a y e o u con para por en como
        es son soy eres somos era estar está están he ha hay tengo tiene tienen tener ser
        yo me mí mi mis nosotros nos nuestro nuestra tú te ti tu tus usted ustedes su sus él ella ellos ellas le les se
        este esta estos estas ese esa esos esas eso esto que qué quien cual cuales donde cómo
        favor gracias hola muéstrame muestra mostrar encontrar encuentra buscar busco busca buscando ver
        quiero quisiera queremos querer necesito necesita comprar venden puedo puede pueden gustaría
        algo algún alguna algunos algunas cosa cosas tipo
    """,
    "it": """
        un uno una il lo la i gli le di del dello della dei degli delle al allo alla ai agli alle a
        dal dallo dalla dai dagli dalle da nel nello nella nei negli nelle in con per su sul sulla sui sulle e ed o
        come è sono sei siamo siete era ho hai ha abbiamo hanno avere essere
        io mi me mio mia miei mie noi ci nostro nostra voi vi vostro tu ti te tuo tua lui lei loro suo sua si
        questo questa questi queste quello quella quelli quelle che chi quale quali dove
        favore grazie ciao mostrami mostra trovare trova cercare cerco cerca cerchiamo vedere
        voglio vorrei volere bisogno comprare vendete posso potete può
        qualcosa qualche alcuni alcune cosa cose tipo
    """,
    "nl": """
        een de het en of van voor met in op aan bij uit naar als om tot door
        is zijn ben bent was waren heb hebt heeft hebben had
        ik mij me mijn wij we ons onze jij je jou jouw jullie u uw hij hem zij ze haar hun er
        dit dat deze die welke wat wie waar hoe
        alsjeblieft graag dank hallo toon laat zien vind vinden zoek zoeken zoekt
        wil willen wilt nodig kopen koop verkoopt kan kunt kunnen zou
        iets een paar soort
    """,
    "pt": """
        um uma uns umas o a os as de do da dos das ao aos à às e ou com para pra por pelo pela em no na nos nas como
        é são sou somos era estar está estão tenho tem têm ter ser há
        eu me mim meu minha meus minhas nós nosso nossa tu te ti teu tua você vocês
        seu sua seus suas ele ela eles elas lhe se
        este esta estes estas esse essa esses essas isso isto que quem qual quais onde
        favor obrigado obrigada olá mostre mostra mostrar encontrar procurar procuro procura procurando busco buscar ver
        quero queria queremos querer preciso precisa comprar vendem posso pode podem gostaria
        algo algum alguma alguns algumas coisa coisas tipo
    """,
    "sv": """
        en ett den det de och eller av för med i på till från som om vid
        är var vara har hade ha
        jag mig mej min mitt mina vi oss vår vårt våra du dig dej din ditt dina ni er ert era han honom hon henne
        sig sin sitt sina denna detta dessa vilken vilket vilka vad vem var hur där
        snälla tack hej visa hitta hittar sök söka söker letar leta se
        vill skulle behöver behöva köpa köper säljer kan gärna
        något någon några sorts typ
    """,
    "da": """
        en et den det de og eller af for med i på til fra som om ved
        er var være har havde have
        jeg mig min mit mine vi os vores du dig din dit dine i jer jeres han ham hun hende
        sig sin sit sine denne dette disse hvilken hvilket hvilke hvad hvem hvor hvordan der
        venligst tak hej vis find finde søg søge søger leder lede se
        vil ville behøver skal bruge købe køber sælger kan gerne
        noget nogen nogle slags
    """,
    "nb": """
        en ei et den det de og eller av for med i på til fra som om ved
        er var være har hadde ha
        jeg meg min mitt mine mi vi oss vår vårt våre du deg din ditt dine di dere deres han ham hun henne
        seg sin sitt sine si denne dette disse hvilken hvilket hvilke hva hvem hvor hvordan der
        vennligst takk hei vis finn finne søk søke søker leter lete se
        vil ville trenger skal bruke kjøpe kjøper selger kan gjerne
        noe noen slags
    """,
    "pl": """
        i lub albo oraz z ze w we na do dla od o u po przy jak jako
        jest są być był była mam masz ma mamy macie mają
        ja mnie mi mój moja moje my nas nam nasz ty ciebie ci twój on jego ona jej oni ich się
        ten ta to te ci tego tej tych tym który która które co kto gdzie
        proszę dziękuję cześć pokaż pokażcie znajdź znaleźć szukam szukać szukamy zobaczyć
        chcę chciałbym chciałabym potrzebuję kupić kup sprzedajecie mogę może można
        coś jakiś jakaś jakieś rzecz rzeczy rodzaj
    """,
}
_FOLDED = {
    language: frozenset(fold(word) for word in written.split()) for language, written in _WRITTEN.items()
}


def is_function_word(word: str, language: str) -> bool:
    """Whether the folded, unstemmed `word` is one in `language`; of languages without a list, no word is."""
    return without_elision(word, language) in _FOLDED.get(base_language(language), ())
