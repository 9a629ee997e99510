"""A model of the shop's own: what its products teach one, and how that stands in a space beside the serving one.

`training/` trains on folders and knows no shop; this room writes the shop's products into such a folder, and takes the
trained model on to a space that is filled and measured, but never switched to.
"""
