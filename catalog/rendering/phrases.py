"""Sentences a merchant writes about products, English beside German; none names a colour or a pattern."""

from __future__ import annotations

Pair = tuple[str, str]

TYPE_SENTENCES: dict[str, tuple[Pair, ...]] = {
    "mug": (
        (
            "Holds a generous 350 ml and sits well in the hand.",
            "Fasst gut 350 ml und liegt angenehm in der Hand.",
        ),
        (
            "For the first coffee of the day and the last tea at night.",
            "Für den ersten Kaffee am Morgen und den letzten Tee am Abend.",
        ),
        ("The handle has room for three fingers.", "Der Henkel bietet Platz für drei Finger."),
    ),
    "bowl": (
        (
            "Made for salads, soups and everything with a spoon.",
            "Für Salate, Suppen und alles, was man löffelt.",
        ),
        (
            "Looks good on the table, stacks well in the cupboard.",
            "Macht sich gut auf dem Tisch und lässt sich im Schrank stapeln.",
        ),
    ),
    "plate": (
        (
            "A place setting that makes weekday dinners look like Sunday.",
            "Ein Gedeck, mit dem auch der Alltag nach Sonntag aussieht.",
        ),
        (
            "With a raised rim, so that the sauce stays where it belongs.",
            "Mit hochgezogenem Rand, damit die Soße bleibt, wo sie hingehört.",
        ),
    ),
    "vase": (
        (
            "Lovely with a single stem, better with a whole bunch.",
            "Schön mit einem einzelnen Stiel, noch schöner mit einem ganzen Strauß.",
        ),
        ("Watertight and heavy enough to stand firmly.", "Wasserdicht und schwer genug für sicheren Stand."),
    ),
    "bottle": (
        ("Keeps drinks cold through a long day out.", "Hält Getränke einen langen Tag über kühl."),
        (
            "Fits cup holders and the side pocket of most bags.",
            "Passt in Getränkehalter und in die Seitentasche der meisten Rucksäcke.",
        ),
    ),
    "kettle": (
        ("Brings a litre to the boil in no time.", "Bringt einen Liter im Nu zum Kochen."),
        (
            "The handle stays cool, the spout pours without dripping.",
            "Der Griff bleibt kühl, die Tülle gießt, ohne zu tropfen.",
        ),
    ),
    "teapot": (
        (
            "Enough for four cups, with a strainer behind the spout.",
            "Reicht für vier Tassen, mit Sieb hinter der Tülle.",
        ),
        (
            "The lid sits firmly, even when you pour the last drop.",
            "Der Deckel sitzt fest, selbst beim letzten Schluck.",
        ),
    ),
    "candle": (
        ("Burns evenly for up to forty hours.", "Brennt gleichmäßig bis zu vierzig Stunden."),
        (
            "Unscented, so that it suits the dinner table.",
            "Ohne Duft und damit auch für den Esstisch geeignet.",
        ),
    ),
    "t-shirt": (
        ("An easy cut that goes with almost anything.", "Ein lockerer Schnitt, der zu fast allem passt."),
        ("Keeps its shape, wash after wash.", "Bleibt in Form, Wäsche für Wäsche."),
    ),
    "shirt": (
        (
            "Smart enough for the office, easy enough for the weekend.",
            "Fein genug fürs Büro, bequem genug fürs Wochenende.",
        ),
        ("With a soft collar and real shell buttons.", "Mit weichem Kragen und echten Perlmuttknöpfen."),
    ),
    "sweater": (
        ("Warm without weighing you down.", "Wärmt, ohne zu beschweren."),
        (
            "With ribbed cuffs that stay where you push them.",
            "Mit Bündchen, die bleiben, wo man sie hinschiebt.",
        ),
    ),
    "jacket": (
        (
            "The layer for mornings when you cannot trust the forecast.",
            "Die Lage für Morgen, an denen man der Vorhersage nicht traut.",
        ),
        (
            "Fully lined, with an inside pocket for the phone.",
            "Ganz gefüttert, mit Innentasche fürs Telefon.",
        ),
    ),
    "dress": (
        ("Falls softly and moves with you.", "Fällt weich und macht jede Bewegung mit."),
        (
            "From garden lunch to dancing, no change of clothes needed.",
            "Vom Mittag im Garten bis zum Tanz, ganz ohne Umziehen.",
        ),
    ),
    "skirt": (
        (
            "Sits at the waist and ends just above the knee.",
            "Sitzt in der Taille und endet kurz über dem Knie.",
        ),
        ("With a hidden zip and, yes, pockets.", "Mit verdecktem Reißverschluss und ja, mit Taschen."),
    ),
    "trousers": (
        (
            "A comfortable waist and pockets that hold something.",
            "Ein bequemer Bund und Taschen, in die etwas passt.",
        ),
        (
            "Cut to be worn all day, sitting or walking.",
            "Geschnitten für den ganzen Tag, im Sitzen wie im Gehen.",
        ),
    ),
    "sneaker": (
        (
            "A cushioned insole for long days on your feet.",
            "Eine gepolsterte Sohle für lange Tage auf den Beinen.",
        ),
        ("Light, grippy and ready for the city.", "Leicht, griffig und bereit für die Stadt."),
    ),
    "boot": (
        ("Sturdy soles that take on autumn and win.", "Feste Sohlen, die es mit jedem Herbst aufnehmen."),
        ("Water-repellent and easy to care for.", "Wasserabweisend und leicht zu pflegen."),
    ),
    "pump": (
        ("A padded footbed makes long evenings easy.", "Ein gepolstertes Fußbett macht lange Abende leicht."),
        ("Elegant from the first step to the last.", "Elegant vom ersten bis zum letzten Schritt."),
    ),
    "backpack": (
        (
            "Room for a laptop, lunch and a change of clothes.",
            "Platz für Laptop, Mittagessen und Kleidung zum Wechseln.",
        ),
        ("Padded straps spread the load.", "Gepolsterte Träger verteilen die Last."),
    ),
    "handbag": (
        (
            "Holds what a day needs and keeps it in order.",
            "Fasst, was man am Tag braucht, und hält es in Ordnung.",
        ),
        (
            "With a zipped inner pocket for the small things.",
            "Mit Innenfach und Reißverschluss für die kleinen Dinge.",
        ),
    ),
    "suitcase": (
        ("Packs four days into cabin size.", "Bringt vier Tage im Handgepäck unter."),
        (
            "With straps inside, so that shirts arrive as they left.",
            "Innen mit Gurten, damit Hemden ankommen, wie sie losgefahren sind.",
        ),
    ),
    "chair": (
        (
            "Comfortable for a long dinner and light enough to move.",
            "Bequem für lange Abendessen und leicht genug zum Umstellen.",
        ),
        (
            "Comes assembled; only the gliders are for you to choose.",
            "Kommt fertig montiert, nur die Gleiter wählen Sie selbst.",
        ),
    ),
    "table": (
        ("Steady on its feet and easy to wipe clean.", "Steht fest und lässt sich leicht abwischen."),
        ("Delivered flat, put together in ten minutes.", "Flach geliefert, in zehn Minuten aufgebaut."),
    ),
    "sofa": (
        (
            "Deep enough to sink in, firm enough to get up again.",
            "Tief genug zum Versinken, fest genug zum Aufstehen.",
        ),
        ("The covers come off for washing.", "Die Bezüge sind abnehmbar und waschbar."),
    ),
    "lamp": (
        ("Gives a warm light that does not glare.", "Gibt warmes Licht, das nicht blendet."),
        (
            "Takes a standard E27 bulb; the switch is on the cord.",
            "Für übliche E27-Lampen, mit Schalter am Kabel.",
        ),
    ),
    "shelf": (
        ("Five boards for books and the things in between.", "Fünf Böden für Bücher und alles dazwischen."),
        ("With a fitting for the wall in the box.", "Die Wandbefestigung liegt bei."),
    ),
    "hat": (
        ("Finishes an outfit and minds the weather.", "Vollendet das Outfit und kümmert sich ums Wetter."),
        ("Adjusts to fit most heads.", "Passt sich den meisten Köpfen an."),
    ),
    "scarf": (
        ("Long enough to wrap twice.", "Lang genug, um ihn zweimal zu wickeln."),
        ("Soft on the skin and warm in the wind.", "Weich auf der Haut und warm im Wind."),
    ),
    "sunglasses": (
        ("Full UV 400 protection, case included.", "Voller UV-400-Schutz, mit Etui."),
        (
            "Light on the nose, for days at the beach or in the city.",
            "Leicht auf der Nase, für Tage am Strand oder in der Stadt.",
        ),
    ),
    "watch": (
        ("Quartz movement, water-resistant to five bar.", "Quarzwerk, wasserdicht bis fünf Bar."),
        ("The strap changes without tools.", "Das Band lässt sich ohne Werkzeug wechseln."),
    ),
    "umbrella": (
        (
            "Opens at the press of a button and stands up to gusts.",
            "Öffnet auf Knopfdruck und hält Böen stand.",
        ),
        ("Room for two underneath.", "Darunter ist Platz für zwei."),
    ),
    "cushion": (
        ("Makes any corner the best seat in the house.", "Macht jede Ecke zum besten Platz im Haus."),
        (
            "Comes with its filling; the cover has a hidden zip.",
            "Mit Füllung, der Bezug hat einen verdeckten Reißverschluss.",
        ),
    ),
    "clock": (
        (
            "A silent movement and numbers you can read from across the room.",
            "Ein lautloses Uhrwerk und ein Zifferblatt, das man quer durchs Zimmer liest.",
        ),
        ("Runs for a year on one battery.", "Läuft mit einer Batterie ein Jahr lang."),
    ),
    "book": (
        ("Bound with thread, opens flat.", "Mit Faden gebunden, liegt offen flach auf."),
        (
            "A present for people who have everything but time to read.",
            "Ein Geschenk für alle, die alles haben, nur keine Zeit zum Lesen.",
        ),
    ),
    "guitar": (
        (
            "A clear tone and a neck that forgives beginners.",
            "Ein klarer Ton und ein Hals, der Anfängern verzeiht.",
        ),
        ("Comes set up and strung, with a bag.", "Fertig eingestellt und bespannt, mit Tasche."),
    ),
    "rug": (
        ("Soft underfoot and kind to floors.", "Weich unter den Füßen und gut zum Boden."),
        ("Lies flat from the first day.", "Liegt vom ersten Tag an flach."),
    ),
}

MATERIAL_SENTENCES: dict[str, Pair] = {
    "ceramic": ("Glazed ceramic, dishwasher safe.", "Glasierte Keramik, spülmaschinenfest."),
    "porcelain": ("Fine porcelain, fired twice.", "Feines Porzellan, zweimal gebrannt."),
    "stoneware": (
        "Stoneware with a reactive glaze: no two are alike.",
        "Steinzeug mit reaktiver Glasur: keins gleicht dem anderen.",
    ),
    "enamel": ("Enamelled steel, almost unbreakable.", "Emaillierter Stahl, fast unzerbrechlich."),
    "glass": ("Mouth-blown glass.", "Mundgeblasenes Glas."),
    "metal": (
        "Powder-coated metal that shrugs off knocks.",
        "Pulverbeschichtetes Metall, das Stöße wegsteckt.",
    ),
    "plastic": ("Made from recycled plastic.", "Aus recyceltem Kunststoff."),
    "wood": ("Solid wood from certified forests.", "Massivholz aus zertifizierten Wäldern."),
    "cotton": ("Pure organic cotton.", "Reine Bio-Baumwolle."),
    "linen": ("Washed linen that softens with time.", "Gewaschenes Leinen, das mit der Zeit weicher wird."),
    "canvas": ("Heavy canvas with a wax finish.", "Schwerer, gewachster Canvas."),
    "wool": ("Wool from farms we know by name.", "Wolle von Höfen, die wir beim Namen kennen."),
    "denim": ("Sturdy denim, washed once.", "Fester Denim, einmal gewaschen."),
    "leather": ("Vegetable-tanned leather that ages well.", "Pflanzlich gegerbtes Leder, das schön altert."),
    "suede": ("Velvety suede; brush it now and then.", "Samtiges Wildleder, ab und zu bürsten."),
    "silk": ("Silk with a gentle sheen.", "Seide mit sanftem Glanz."),
    "velvet": ("Dense cotton velvet.", "Dichter Baumwollsamt."),
    "straw": ("Plaited straw, light as air.", "Geflochtenes Stroh, federleicht."),
    "felt": ("Wool felt, pressed in one piece.", "Wollfilz, aus einem Stück gepresst."),
    "nylon": ("Ripstop nylon, light and tough.", "Ripstop-Nylon, leicht und reißfest."),
    "wax": ("Hand-poured wax with a cotton wick.", "Von Hand gegossenes Wachs mit Baumwolldocht."),
    "paper": ("Printed on uncoated paper.", "Gedruckt auf ungestrichenem Papier."),
}

CLOSING_SENTENCES: tuple[Pair, ...] = (
    ("A favourite of our team.", "Ein Liebling unseres Teams."),
    ("Makes a good present.", "Ein schönes Geschenk."),
    ("Made in small batches in Europe.", "In kleinen Serien in Europa gefertigt."),
    ("Returns are free for thirty days.", "Rückgabe dreißig Tage lang kostenlos."),
    ("Part of a series that grows every season.", "Teil einer Serie, die jede Saison wächst."),
    ("Designed in our own studio.", "In unserem eigenen Atelier entworfen."),
    ("Arrives plastic-free.", "Kommt ohne Plastikverpackung."),
    ("Back in the shop after many requests.", "Auf vielfachen Wunsch wieder im Laden."),
)

DESIGN_NAMES: tuple[str, ...] = (
    "Frida", "Lund", "Elba", "Mira", "Solva", "Hilde", "Aarhus", "Juno", "Bergen", "Tilda", "Pico",
    "Nova", "Arlo", "Kaia", "Runa", "Otto", "Vega", "Milo", "Lotta", "Sanna", "Enzo", "Carla", "Ostia",
    "Faro", "Siena", "Malmö", "Odense", "Tove", "Lido", "Capri", "Alva", "Ronja", "Bruno", "Emil",
    "Ida", "Nils", "Petra", "Marlo", "Luca", "Zoe", "Hanno", "Greta", "Finn", "Selma", "Ines", "Paolo",
    "Levi", "Maud", "Thea", "Wim", "Yara", "Ylva", "Anouk", "Bela", "Cosmo", "Dana", "Edda", "Fabio",
    "Gala", "Hugo",
)  # fmt: skip
