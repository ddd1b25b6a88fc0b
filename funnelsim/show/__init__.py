"""How to say it: what a study found, for people who look rather than read.

figures/   one function a figure, the same on a screen, in a report and as a picture file; colours and plain drawings
panels/    what moves under somebody's hand: the explorer, calibration, process design, predictions, and what they share
lessons/   what a module of the workshop asks, and what it finds out
jupyter/   the template of the app's pages
beside     tables and words; pages (report, page, sections, shelf, fit_report); servers (lab, app, nursery)
"""
