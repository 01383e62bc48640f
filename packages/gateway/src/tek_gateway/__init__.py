"""The reference gateway of Tek: sessions, their messages and the models that answer them.

Importing the package itself costs nothing; import what you need from its modules.
"""
