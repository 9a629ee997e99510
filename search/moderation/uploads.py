"""Pictures that shoppers send: what falls under a policy that says so is refused before anything is done with it."""

from __future__ import annotations

from django.db import router
from PIL import Image

from ..encoders import EncoderUnavailable
from ..errors import ProductSearchError
from ..images.lettering import lettering
from ..models import Entry, Policy, Unjudged
from ..retrieval.encoding import encode_examples
from .judging import Product, SeenPicture, judge
from .run import Serving

#: What a picture is called that no product has.
UPLOAD = "upload"


class UploadRefused(ProductSearchError):
    """A picture that somebody sent falls under the `policy` of this name; `judged` is False where it could not be."""

    def __init__(self, policy: str, *, judged: bool = True) -> None:
        super().__init__(f'The picture falls under the policy "{policy}".')
        self.policy = policy
        self.judged = judged


def check_upload(picture: Image.Image) -> None:
    """Raises `UploadRefused` for a picture under a policy in use that refuses uploads; one statement without such.

    Where it can't be judged, each policy says whether it passes.
    """
    using = router.db_for_read(Entry)
    policies = [
        policy
        for policy in Policy.objects.using(using).filter(enabled=True, block_uploads=True)
        if policy.looks_at_pictures
    ]
    if not policies:
        return
    serving = Serving.now(using)
    if serving is None:
        return
    serving = Serving(using, policies, serving.space, serving.generation)
    asked = any(policy.concepts or policy.unfamiliar for policy in policies)
    try:
        _, vectors = encode_examples((), [picture] if asked else (), serving.space)
        gauges = serving.gauges
    except EncoderUnavailable:
        for policy in policies:
            if policy.unjudged == Unjudged.HOLD:
                raise UploadRefused(policy.name, judged=False) from None
        return
    written = lettering(picture) if any(policy.lettering for policy in policies) else None
    seen = SeenPicture(UPLOAD, UPLOAD, vectors[0] if asked else None, written)
    for finding in judge([Product(UPLOAD, (seen,))], gauges, serving.own):
        policy = next(each for each in policies if each.name == finding.policy)
        if finding.probability is not None and finding.probability >= policy.threshold:
            raise UploadRefused(policy.name)
