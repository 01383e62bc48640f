"""The original `tek.v1` gateway, as far as its wire goes, to test clients against."""
