"""The reference gateway of Tek: sessions, their messages and the models that answer them.

Importing the package costs nothing: what it offers is in its modules. It must never import a
user interface.
"""
