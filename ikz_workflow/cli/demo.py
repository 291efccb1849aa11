"""Play the demo: real commands in a home of its own, from an idea to an agreement in force, and three histories."""

from __future__ import annotations

import hashlib
import io
import re
import shlex
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from xml.sax.saxutils import escape

from ikz_workflow.cli import output
from ikz_workflow.cli.app import App, cli
from ikz_workflow.cli.checklist import show_items
from ikz_workflow.errors import InvalidInput, RequirementsUnmet, StorageError
from ikz_workflow.language import gettext as _
from ikz_workflow.services.home import Home

MARKER = "DEMO.txt"
_LOG_ID = re.compile(r"^Verlauf: ([0-9a-f]{32})$", re.MULTILINE)
_LAST = re.compile(r"^Einträge: (\d+)$", re.MULTILINE)
_BEING_MADE = "Die Datenbank wird gerade angelegt."

# What is played. A line "== …" is a heading, "# …" is narrative, "ikz …" a command; "show ikz …" prints all it says
# and "refused ikz …" is refused. Indented lines go on with the line before. {key} is the proposal made last, \n a line
# break within a value. "word KIND OLD NEW" edits the newest version of a document as the clerk would; {edited} is the
# file.
SCRIPT = r"""
== Vorbereitung
# Eine leere Datenbank mit den mitgelieferten Verzeichnissen, dazu eine Sachbearbeiterin (Beispiel).
ikz init
ikz person add beispiel "Erika Beispiel" --account beispiel --role clerk

== Vorhaben 1: FB 23, von der Idee bis zum Inkrafttreten
# Der Fachbereich 23 hat das Thema angeregt; alles Weitere ist erfunden. --sample kennzeichnet es als „Beispiel“.
ikz new "Ausgleichs- und Ersatzpflanzungen an der Stadtgrenze" --department "FB 23" --topic compensatory-planting
  --sample --on 14.01.2025 --note "Beispiel: Das Thema stammt aus der Abfrage in den Dezernaten, der Verlauf ist
  erfunden."
ikz assign {key} "FB 23" --clerk beispiel --on 14.01.2025
# Die Sachbearbeiterin füllt die Angaben nach und nach; „ikz fill“ würde sie der Reihe nach fragen.
ikz set {key} --on 21.01.2025
  summary="Die Landeshauptstadt Magdeburg und der Landkreis Börde führen Ausgleichs- und Ersatzpflanzungen beiderseits
  der Stadtgrenze gemeinsam durch. Sie suchen die Flächen zusammen aus und stimmen Pflanzung und Pflege so ab, dass
  aus einzelnen Pflanzungen zusammenhängende Grünzüge werden."
  occasion="Der Fachbereich 23 hat in der Abfrage der Dezernate angeregt, Ausgleichs- und Ersatzpflanzungen an der
  Stadtgrenze in interkommunaler Zusammenarbeit durchzuführen. Innerhalb der Stadt werden geeignete Flächen knapp;
  jenseits der Stadtgrenze liegen Flächen, die sich mit städtischen Flächen verbinden lassen. Heute sucht, bepflanzt
  und pflegt jede Seite ihre Flächen für sich. Ausschreibungen und Pflegegänge fallen dadurch zweimal an."
  goals="Die Beteiligten wollen Flächen an der Stadtgrenze gemeinsam auswählen, die Pflanzungen gemeinsam ausschreiben
  und in einem Zug pflegen. Beide Seiten sollen ihre Pflanzverpflichtungen früher und mit weniger Aufwand erfüllen;
  die Natur soll zusammenhängende Lebensräume statt einzelner Restflächen gewinnen."
  non-goals="Keine Seite gibt Eigentum an Flächen ab. Die Entscheidungen der Naturschutzbehörden und die Festsetzungen
  der Bauleitpläne bleiben unberührt, ebenso die Baumschutzregelungen jeder Seite."
ikz set {key} --on 22.01.2025 cases=24 staff=1,5 cost-today=96.000 cost-joint=78.000 cost-once=12.000
  economics="Allein weiter kostet die Aufgabe die Stadt 96.000 Euro im Jahr (Beispielzahl). Gemeinsame Ausschreibungen
  und Pflegegänge senken den eigenen Anteil auf 78.000 Euro. Die einmaligen Kosten von 12.000 Euro für das gemeinsame
  Flächenverzeichnis sind damit im ersten Jahr gedeckt. Auch ohne diese Ersparnis spräche der bessere Nutzen für die
  Natur für den gemeinsamen Weg."
  task-kind=mandatory
  legal-framework="Wer in Natur und Landschaft eingreift, muss ausgleichen oder ersetzen (§§ 13 bis 15 BNatSchG); für
  Bebauungspläne gilt § 1a Abs. 3 BauGB. Die Pflicht bleibt bei dem, der sie hat. Gemeinsam erledigt werden nur
  Auswahl, Anlage und Pflege der Pflanzungen."
ikz set {key} --on 23.01.2025 direction=interkommunal legal-form=mandating-agreement
  view-interkommunal="Dafür: Die Flächen grenzen aneinander, und beide Seiten haben gleichartige Aufgaben. Dagegen:
  Zwei Vertretungen müssen demselben Text zustimmen."
  view-intrakommunal="Dafür: Verbände und Betriebe am Ort kennen die Flächen und können Pflege übernehmen. Dagegen:
  Sie verfügen über keine Flächen jenseits der Stadtgrenze; sie können hinzutreten, den Partner aber nicht ersetzen."
  view-vertikal="Dafür: Das Land könnte eigene Flächen und Fördermittel einbringen. Dagegen: Die Abstimmung dauert
  länger und hilft bei den laufenden Verpflichtungen noch nicht."
  form-reasons="Bei der mandatierenden Zweckvereinbarung bleiben Rechte und Pflichten bei jeder Seite; nur die
  Durchführung liegt in einer Hand. Eine Übertragung der Aufgabe oder ein Zweckverband wäre für diesen Umfang zu
  aufwendig und ließe sich schwerer rückgängig machen."
ikz set {key} --on 27.01.2025
  partner-analysis="In Frage kommt zuerst der Landkreis Börde, der an die Stadt grenzt. Er hat aus dem Bau von
  Kreisstraßen eigene Pflanzverpflichtungen (Beispiel) und verfügt nahe der Stadtgrenze über Flächen. Eine
  Pflegekolonne hat er dort nicht."
  benefit-partner="Der Landkreis erfüllt seine Pflanzverpflichtungen ohne eigene Ausschreibungen und Pflegegänge und
  spart im Jahr rund 11.000 Euro (Beispielzahl). Die Grünzüge führen über die Grenze in seine Gemeinden hinein."
  approach="Die Sachbearbeiterin des FB 23 ruft die Kollegin im Fachdienst Natur und Umwelt an, mit der sie bereits
  zusammenarbeitet. Getroffen wird sich abwechselnd in Haldensleben und in Magdeburg; die Beteiligten werden in
  alphabetischer Reihenfolge genannt."
  staff-effects="Auf beiden Seiten bleiben alle Beschäftigten in ihren Dienststellen. Die Pflegekolonne der Stadt
  übernimmt die Pflegegänge jenseits der Grenze im Rahmen ihrer Arbeitszeit; zusätzliche Stellen entstehen nicht."
  data-protection="Verarbeitet werden Flächendaten und die Namen von Eigentümern und Pächtern, mehr nicht. Das
  Flächenverzeichnis führt die Stadt; der Landkreis erhält einen lesenden Zugang."
ikz set {key} --on 28.01.2025
  communication="Die Fachausschüsse beider Seiten werden vor der Ausarbeitung des Textes in einer gemeinsamen
  Veranstaltung unterrichtet. Nach dem Beschluss geben beide Seiten eine gemeinsame Pressemitteilung heraus."
  pilot="Begonnen wird mit zwei Flächen. Der Pilot endet nach der zweiten Pflanzperiode. Gemessen werden der Anteil
  der angewachsenen Gehölze, die Kosten je Fläche und die Zeit vom Bescheid bis zur Pflanzung."
  exit="Jede Seite behält ihre Flächen mit allem, was darauf steht. Bei einer Kündigung übergibt die Stadt die
  Pflegeunterlagen; das Flächenverzeichnis erhält jede Seite als Kopie."
  recommendation="Es wird empfohlen, den Landkreis Börde anzusprechen und mit zwei Flächen zu beginnen. Offen ist,
  welche Flächen geeignet sind und wie der Landkreis die Kosten verteilen möchte."
# Hemmnisse werden von Anfang an genannt, mit dem, was dagegen getan wird.
ikz obstacle {key} parochialism --weight 2 --on 30.01.2025 --answer "Kosten und Nutzen beider Seiten stehen in einer
  gemeinsamen Übersicht. Die Federführung beim nächsten Thema wird dem Landkreis angeboten."
ikz obstacle {key} loss-of-power --party landkreis-boerde --weight 3 --on 30.01.2025 --answer "Die Aufgabe wird
  mandatierend vereinbart; jede Seite entscheidet weiter über ihre Flächen. Die Vereinbarung ist befristet und
  kündbar."
ikz obstacle {key} council-involved-late --weight 2 --on 30.01.2025 --answer "Die Fachausschüsse beider Seiten werden
  unterrichtet, bevor der Text ausgehandelt wird."
ikz document create {key} guideline --on 03.02.2025
ikz advance {key} draft-guideline --on 04.02.2025

# Jetzt wird der Partner angesprochen: eine Person, eine offene Frage, drei Termine.
ikz party add {key} landkreis-boerde --standing approached --on 10.02.2025
ikz set {key} --on 10.02.2025 partner-contact="Frau Muster, Leiterin des Fachdienstes Natur und Umwelt"
  partner-salutation="Sehr geehrte Frau Muster" partner-address="Musterstraße 1\n39340 Haldensleben"
  existing-contact="Bei der Abstimmung von Bebauungsplänen an der Stadtgrenze arbeiten Ihr Fachdienst und unser
  Fachbereich seit Jahren gut zusammen."
  open-question="Wo an der gemeinsamen Grenze könnten wir Ausgleichs- und Ersatzpflanzungen so zusammenlegen, dass
  beide Seiten etwas davon haben?"
  meeting-dates="Mittwoch, 5. März 2025, 10 Uhr | Haldensleben\nDienstag, 11. März 2025, 14 Uhr |
  Magdeburg\nDonnerstag, 20. März 2025, 10 Uhr | Haldensleben"
ikz document create {key} letter --on 12.02.2025
ikz advance {key} contact-partner --on 12.02.2025

# Zwei Gespräche, abwechselnd hier und dort; dann tritt der Landkreis bei.
ikz contact {key} landkreis-boerde "Beispiel: Anruf nach dem Anschreiben; der erste Termin passt." --person "Frau
  Muster"
  --on 19.02.2025
ikz contact {key} landkreis-boerde "Beispiel: Gespräch in Haldensleben. Der Landkreis nennt sechs mögliche Flächen und
  wünscht eine befristete Vereinbarung." --person "Frau Muster" --on 05.03.2025
ikz party set {key} landkreis-boerde --standing interested --on 05.03.2025
ikz contact {key} landkreis-boerde "Beispiel: Gespräch in Magdeburg. Beide Seiten legen ihre Zahlen nebeneinander; die
  Stadt übernimmt die Durchführung." --person "Frau Muster" --on 02.04.2025
ikz milestone add {key} "Gemeinsame Bestandsaufnahme der Flächen" --due 30.04.2025 --on 02.04.2025
ikz milestone add {key} "Unterrichtung der Fachausschüsse beider Seiten" --due 31.05.2025 --on 02.04.2025
ikz milestone add {key} "Abgestimmter Entwurf der Zweckvereinbarung" --due 30.06.2025 --on 02.04.2025
ikz milestone add {key} "Beschlüsse beider Vertretungen" --due 31.10.2025 --on 02.04.2025
ikz milestone add {key} "Erste gemeinsame Pflanzung" --due 30.11.2026 --on 02.04.2025
ikz milestone done {key} 1 --on 28.04.2025
ikz party set {key} landkreis-boerde --standing joined --on 14.05.2025
ikz party add {key} landeshauptstadt-magdeburg --standing joined --lead --on 14.05.2025
ikz milestone done {key} 2 --on 22.05.2025
# Was zur Vereinbarung gehört, und die sechs Prüfungen, ohne die es nicht weitergeht.
ikz set {key} --on 11.06.2025
  agreement-subject="Gegenstand dieser Vereinbarung ist die gemeinsame Auswahl, Anlage und Pflege von Ausgleichs- und
  Ersatzpflanzungen auf Flächen beiderseits der Grenze zwischen der Landeshauptstadt Magdeburg und dem Landkreis
  Börde."
  agreement-tasks="a) Auswahl geeigneter Flächen und Führung eines gemeinsamen Flächenverzeichnisses,\nb)
  Ausschreibung und Beaufsichtigung der Pflanzarbeiten,\nc) Fertigstellungs- und Entwicklungspflege bis zum Ende der
  dritten Vegetationsperiode."
  performance="Gepflanzt werden gebietseigene Gehölze. Bis zum 31. August jedes Jahres wird ein gemeinsamer Pflanzplan
  für die folgende Pflanzperiode aufgestellt; er bedarf der Zustimmung beider Beteiligten."
  statute-power=nein
  control="Die Beteiligten bilden einen Beirat mit je zwei Mitgliedern. Er berät den Pflanzplan und den Jahresbericht
  und tagt abwechselnd in Haldensleben und in Magdeburg."
  staff-rules="Jeder Beteiligte bleibt Dienstherr und Arbeitgeber seiner Beschäftigten. Ein Wechsel von Beschäftigten
  findet nicht statt."
  assets="Fahrzeuge und Geräte stellt die durchführende Körperschaft. Das Flächenverzeichnis wird in ihrem
  geografischen Informationssystem geführt."
ikz set {key} --on 12.06.2025 cost-key=area
  cost-rule="Die durchführende Körperschaft rechnet die Kosten bis zum 31. März für das Vorjahr ab. Der Anteil ist
  innerhalb eines Monats nach Zugang der Abrechnung fällig."
  vat="Die Beteiligten gehen davon aus, dass die Kostenerstattung nicht der Umsatzsteuer unterliegt (§ 2b UStG). Fällt
  dennoch Umsatzsteuer an, wird sie zusätzlich erstattet."
  records="Verarbeitet werden nur Flächendaten sowie Namen und Anschriften von Eigentümern und Pächtern. Die Akten
  jeder Fläche führt die durchführende Körperschaft; sie werden nach Ende der Pflege übergeben."
  liability="Jeder Beteiligte haftet für Schäden, die seine Beschäftigten verursachen. Die Verkehrssicherungspflicht
  für die Flächen verbleibt beim Eigentümer."
  evaluation="Nach jeder zweiten Pflanzperiode werten die Beteiligten aus, wie viele Gehölze angewachsen sind, was je
  Fläche aufgewendet wurde und wie lange es vom Bescheid bis zur Pflanzung gedauert hat."
  accession=ja term="fünf Jahre" notice-period="ein Jahr zum Ende eines Kalenderjahres"
  settlement="Pflanzungen verbleiben auf den Flächen und gehen entschädigungslos an deren Eigentümer über."
  annexes="1 | Verzeichnis der Flächen\n2 | Plan der Pflegegänge" supervision-duty=notice
ikz check {key} task-transferability met --on 18.06.2025
  --evidence "Beispiel: Vermerk des Rechtsamtes vom 18. Juni 2025; die Durchführung darf gemeinsam erfolgen."
ikz check {key} vat met --on 18.06.2025 --evidence "Beispiel: Vermerk FB 02; § 2b UStG geprüft."
ikz check {key} procurement met --on 18.06.2025
  --evidence "Beispiel: Beide Seiten leisten eigene Beiträge, § 108 Abs. 6 GWB."
ikz check {key} data-protection met --on 19.06.2025 --evidence "Beispiel: Stellungnahmen beider
  Datenschutzbeauftragten."
ikz check {key} staff not-applicable --on 19.06.2025 --evidence "Beispiel: Niemand wechselt den Dienstherrn."
ikz check {key} budget met --on 20.06.2025 --evidence "Beispiel: Vergleich mit „allein weiter“ liegt vor."
ikz document create {key} agreement --on 25.06.2025
ikz milestone done {key} 3 --on 25.06.2025
ikz advance {key} settle-agreement --on 26.06.2025

# Die Aufsicht wird vor den Räten gefragt. Ihr Hinweis führt zur zweiten Fassung.
ikz decide {key} precheck landesverwaltungsamt-sachsen-anhalt approved-with-conditions --on 16.07.2025
  --note "Beispiel: Die Folgen einer Kündigung bitte genauer regeln."
ikz set {key} --on 22.07.2025 settlement="Pflanzungen verbleiben auf den Flächen und gehen entschädigungslos an deren
  Eigentümer über. Begonnene Pflegegänge führt die durchführende Körperschaft bis zum Ende der Vegetationsperiode zu
  Ende; ihre Kosten werden nach dem vereinbarten Schlüssel abgerechnet."
ikz document create {key} agreement --on 23.07.2025
# Mitzeichnung im Haus, dann die Beschlussvorlage.
ikz decide {key} co-signature finance approved --on 05.08.2025
ikz decide {key} co-signature legal approved --on 06.08.2025
ikz decide {key} co-signature head approved --on 08.08.2025
ikz set {key} --on 11.08.2025 paper-number=DS9901/25 paper-date=13.08.2025 paper-public=ja
  short-title="Zweckvereinbarung mit dem Landkreis Börde über Ausgleichs- und Ersatzpflanzungen"
  consultation="Ausschuss für Umwelt | 26.08.2025 | öffentlich | Beratung\nFinanzausschuss | 27.08.2025 | öffentlich |
  Beratung\nStadtrat | 11.09.2025 | öffentlich | Beschlussfassung"
  participation="Amt 30, FB 02, Umweltamt" audit-office=nein children-friendly=nein accessibility-check=nein
  climate-relevant=ja
  resolution="1. Der mandatierenden Zweckvereinbarung zwischen der Landeshauptstadt Magdeburg und dem Landkreis Börde
  über Ausgleichs- und Ersatzpflanzungen an der Stadtgrenze wird zugestimmt.\n2. Die Oberbürgermeisterin wird
  beauftragt, die Zweckvereinbarung zu unterzeichnen, sie der Kommunalaufsichtsbehörde anzuzeigen und öffentlich
  bekannt zu machen.\n3. Über das Ergebnis der ersten beiden Pflanzperioden ist dem Stadtrat zu berichten."
  reasons="Der Fachbereich 23 hat angeregt, Ausgleichs- und Ersatzpflanzungen an der Stadtgrenze gemeinsam mit dem
  Umland durchzuführen. Innerhalb der Stadt sind geeignete Flächen knapp; der Landkreis Börde verfügt nahe der
  Stadtgrenze über Flächen, aber über keine Pflegekolonne. Die Vereinbarung führt beides zusammen. Die Pflichten jeder
  Seite bleiben unberührt."
ikz set {key} --on 11.08.2025 budget-unit="FB 23" product-number="Beispiel 55.4.1" mandatory-task=ja
  consolidation=nein
  measure-start=01.01.2026 investment=12.000
  budget-effects="2026 | 78.000 | 0\n2027 | 78.000 | 0\n2028 | 78.000 | 0"
ikz document create {key} guideline --on 12.08.2025 --note "Beispiel: als Anlage der Beschlussvorlage."
ikz document create {key} council-paper --on 13.08.2025
ikz advance {key} submit-to-council --on 14.08.2025

# Der Stadtrat stimmt zu. Der Kreistag beschließt geändert: drei statt fünf Jahre Laufzeit.
ikz decide {key} council landeshauptstadt-magdeburg adopted --votes 44:2:3 --reference DS9901/25 --on 11.09.2025
ikz decide {key} council landkreis-boerde adopted-amended --votes 38:4:2 --reference DS9801/25 --on 24.09.2025
  --note "Beispiel: Der Kreistag wünscht eine Laufzeit von drei Jahren."
ikz set {key} --on 25.09.2025 term="drei Jahre"
word agreement "fünf Jahre" "drei Jahre"
ikz document file {key} agreement {edited} --on 25.09.2025
ikz document export {key} agreement
# Damit galt der Beschluss des Stadtrates einem älteren Text. Der nächste Schritt wird abgelehnt (Rückgabewert 4), mit
  allem, was fehlt:
refused ikz advance {key} enact --on 25.09.2025
# Wer hat worüber entschieden?
show ikz gates {key}
# Der Stadtrat berät also noch einmal, diesmal über den geänderten Text.
ikz set {key} --on 29.09.2025 paper-number=DS9901/25/1 paper-date=30.09.2025
  short-title="Zweckvereinbarung mit dem Landkreis Börde: Zustimmung zur geänderten Fassung"
  consultation="Stadtrat | 16.10.2025 | öffentlich | Beschlussfassung"
  resolution="1. Der Zweckvereinbarung mit dem Landkreis Börde wird in der vom Kreistag am 24. September 2025
  geänderten Fassung zugestimmt.\n2. Der Beschluss vom 11. September 2025 (DS9901/25) ist damit überholt."
  reasons="Der Stadtrat hat der Zweckvereinbarung am 11. September 2025 zugestimmt. Der Kreistag des Landkreises Börde
  hat sie am 24. September 2025 mit einer Änderung beschlossen: Die Laufzeit beträgt drei statt fünf Jahre. Die
  Vereinbarung kommt nur zustande, wenn beide Vertretungen demselben Text zustimmen. Die kürzere Laufzeit entspricht
  dem Gedanken, klein und umkehrbar zu beginnen."
ikz document create {key} council-paper --on 30.09.2025
ikz decide {key} council landeshauptstadt-magdeburg adopted --votes 45:1:2 --reference DS9901/25/1 --on 16.10.2025
ikz milestone done {key} 4 --on 16.10.2025
# Unterschriften, Anzeige bei der Aufsicht, Bekanntmachung: ohne feste Reihenfolge, alles zum selben Text.
ikz decide {key} signature landeshauptstadt-magdeburg approved --on 05.11.2025
ikz decide {key} signature landkreis-boerde approved --on 12.11.2025
ikz decide {key} notice landesverwaltungsamt-sachsen-anhalt noted --on 19.11.2025
# Was fehlt noch?
show ikz status {key}
# Bekanntmachung und Beginn werden nachgetragen; damit ist alles beisammen.
ikz set {key} --on 12.12.2025 publication-date=12.12.2025 effective-from=01.01.2026
  publication-place="Amtsblätter beider Beteiligten vom 12. Dezember 2025 (Beispiel)"
ikz advance {key} enact --on 02.01.2026

== Vorhaben 2: Integrierte Leitstellen (2003) – der Partner zieht sich zurück
# Nacherfasst wird nur, was die Drucksache sagt. Wo sie kein Datum nennt, steht „unknown“.
ikz new "Integrierte Leitstellen" --department I/01 --workflow nacherfassung --topic rescue-control-centre --on
  unknown
  --note "Der DS 0508/03 ging eine Ämterumfrage voraus."
  --set summary="Die integrierten Leitstellen und der Rettungsdienst wurden mit der DS 0508/03 als Thema für die
  Zusammenarbeit mit den damaligen Landkreisen Ohrekreis und Bördekreis benannt. Geplant war die Fusion der
  Leitstellen."
  --set source="Drucksache der Landeshauptstadt Magdeburg zur interkommunalen Zusammenarbeit (Holger Platz)"
  --set direction=interkommunal
ikz note {key} "DS 0508/03, von allen Dezernaten mitgezeichnet, nennt das Thema „integrierte Leitstellen –
  Rettungsdienst“." --on 2003
ikz advance {key} record-guideline --on unknown --note "Es wurde ein Konzept erarbeitet (Anlage 1)."
ikz party add {key} ohrekreis --standing approached --on unknown
ikz party add {key} boerdekreis --standing approached --on unknown
ikz contact {key} ohrekreis "Umfangreicher Schriftwechsel und mehrere Gespräche mit Vertretern der Landkreise." --on
  unknown
ikz contact {key} boerdekreis "Umfangreicher Schriftwechsel und mehrere Gespräche mit Vertretern der Landkreise." --on
  unknown
ikz advance {key} record-contact --on unknown --note "Nach Prüfung der praktischen Umsetzbarkeit wurde das Thema als
  eines von zweien für den Versuch einer Zusammenarbeit ausgewählt."
ikz party add {key} landeshauptstadt-magdeburg --standing joined --lead --on unknown
ikz party set {key} ohrekreis --standing joined --on unknown
ikz party set {key} boerdekreis --standing joined --on unknown
ikz milestone add {key} "Abgestimmter Projektplan" --on unknown
ikz milestone done {key} 1 --on unknown
# Der Landkreis Jerichower Land kommt später hinzu; dann erklärt der Ohrekreis, kein Interesse mehr zu haben.
ikz party add {key} landkreis-jerichower-land --standing joined --on unknown
  --note "Der Landkreis entschloss sich, sich an der Arbeitsgruppe zu beteiligen."
ikz party set {key} ohrekreis --standing withdrew --on unknown
  --note "Der Ohrekreis erklärte, kein weitergehendes Interesse an diesem Projekt zu haben."
ikz advance {key} record-failure --reason partner-withdrew --on unknown --note "Die Fusion kam nicht zustande, weil
  der Ohrekreis erklärte, kein weitergehendes Interesse an diesem Projekt zu haben."
ikz note {key} "Mehrfach wurde versucht, an die ursprünglichen Vorschläge anzuknüpfen. Die Bemühungen scheiterten zum
  Teil an zeitlichen Überschneidungen mit Kreisgebietsreform, Stadt-Umland-Gesetz, Bildung des
  Stadt-Umland-Zweckverbandes und Funktionalreform." --on unknown

== Vorhaben 3: Veterinäraufgaben (2003) – kein Ergebnis
# Hier lag die Federführung beim Ohrekreis.
ikz new "Veterinäraufgaben" --department I/01 --workflow nacherfassung --topic veterinary --on 2003
  --note "In der DS 0508/03 als Thema benannt."
  --set summary="Die Veterinäraufgaben wurden mit der DS 0508/03 als Thema für die Zusammenarbeit mit den damaligen
  Landkreisen Ohrekreis und Bördekreis benannt."
  --set source="Drucksache der Landeshauptstadt Magdeburg zur interkommunalen Zusammenarbeit (Holger Platz)"
  --set direction=interkommunal
ikz advance {key} record-guideline --on unknown --note "Es wurde ein Konzept erarbeitet (Anlage 1)."
ikz party add {key} ohrekreis --standing approached --on unknown
ikz party add {key} boerdekreis --standing approached --on unknown
ikz advance {key} record-contact --on unknown --note "Nach Prüfung der praktischen Umsetzbarkeit wurde das Thema als
  eines von zweien für den Versuch einer Zusammenarbeit ausgewählt."
ikz party set {key} ohrekreis --standing joined --lead --on unknown --note "Die Federführung des Ohrekreises wurde
  vereinbart."
ikz party set {key} boerdekreis --standing joined --on unknown
ikz advance {key} record-failure --reason no-result --on unknown --note "Für die Landeshauptstadt Magdeburg kam es zu
  keinen relevanten Ergebnissen; die Aktivitäten konzentrierten sich mehr auf die Einigung zwischen den Landkreisen."

== Vorhaben 4: KID GmbH und Stendal – genehmigt, dann vom Stadtrat abgelehnt
# Auch hier ohne Datum, denn die Quelle nennt keines. Die Genehmigung lag vor, bevor der Stadtrat abstimmte.
ikz new "Zusammenarbeit zwischen der KID GmbH und der Stadtverwaltung Stendal" --department I/01 --workflow
  nacherfassung
  --on unknown
  --set summary="Zwischen dem städtischen IT-Dienstleister KID GmbH und der Stadtverwaltung Stendal wurde eine
  Zusammenarbeit bis zur Unterschriftsreife ausgehandelt."
  --set source="Drucksache der Landeshauptstadt Magdeburg zur interkommunalen Zusammenarbeit (Holger Platz)"
  --set direction=interkommunal
ikz advance {key} record-guideline --on unknown --note "Durchgangsstufe: Ein Konzept erwähnt die Quelle nicht."
ikz party add {key} kid-magdeburg-gmbh --standing joined --on unknown
ikz party add {key} hansestadt-stendal --standing joined --on unknown
ikz advance {key} record-contact --on unknown
ikz advance {key} record-agreement --on unknown --note "Bis zur Unterschriftsreife ausgehandelt."
ikz advance {key} record-submission --on unknown
ikz decide {key} supervision authority approved --on unknown
ikz decide {key} council hansestadt-stendal rejected --on unknown
ikz obstacle {key} loss-of-power --party hansestadt-stendal --on unknown
ikz obstacle {key} loss-of-identity --party hansestadt-stendal --on unknown
ikz advance {key} record-failure --reason refused-by-partner --on unknown --note "Kommunale Zusammenarbeit bedeutet,
  dass punktuell Macht oder Einflussmöglichkeiten abgegeben und vermeintliche Identitätsverluste hingenommen werden.
  Daran scheiterte die bereits genehmigte Zusammenarbeit: Der Stadtrat von Stendal stimmte dagegen."

== Überblick und Beweis
show ikz list
# Zum Schluss wird der ganze Verlauf nachgerechnet.
ikz verify
"""


# ------------------------------------------------------------------------------------------------------------ playing
def play(directory: Path) -> None:
    """Play the whole script in a folder of its own, printing step by step, and say what there is to see then.

    A folder that is not the demo's own, or in which something would be lost, is left as it is: InvalidInput.
    """
    home = Home.locate(directory)
    _prepare(home, directory)
    output.wrapped(
        _(
            "Die Demo spielt vier Vorhaben mit echten Befehlen durch, im Ordner {path}. Wer sie von Hand eingibt, "
            "nennt den Ordner dazu: ikz --home ORDNER …. Lange Befehle sind hier gekürzt."
        ).format(path=directory)
    )
    with tempfile.TemporaryDirectory(prefix="ikz-") as folder:
        _Stage(home, directory, Path(folder)).play(SCRIPT)
    from ikz_workflow.services import audit

    log = audit.checkpoint(home)
    _write_marker(home, f"Verlauf: {log.log_id}\nEinträge: {log.seq}")
    _farewell(home, directory)
    home.database.close()


class _Stage:
    """Where the script is played: the home, the name it was given, and what the script has brought forth so far."""

    def __init__(self, home: Home, directory: Path, folder: Path) -> None:
        self.home, self.directory, self.folder = home, directory, folder
        self.key, self.edited = "", folder

    def play(self, script: str) -> None:
        """Play all lines of a script."""
        for line in _steps(script):
            kind, _space, rest = line.partition(" ")
            if kind in ("==", "#"):
                output.say()
                output.heading(rest) if kind == "==" else output.wrapped(rest)
            elif kind == "word":
                self._edit(*shlex.split(rest))
            else:
                self._command(line.removeprefix("show ").removeprefix("refused "), kind)

    def _command(self, line: str, kind: str) -> None:
        named = line.replace("{key}", self.key)
        output.say(_shortened(f"  {named.replace('{edited}', self.edited.name)}"))
        words = [word.replace(r"\n", "\n").replace("{edited}", str(self.edited)) for word in shlex.split(named)[1:]]
        arguments = ["--home", str(self.directory), *words]
        if kind == "show":
            output.say()
            cli.main(arguments, prog_name="ikz", standalone_mode=False)
        elif kind == "refused":
            self._refused(arguments)
        else:
            said = io.StringIO()
            with redirect_stdout(said):
                cli.main(arguments, prog_name="ikz", standalone_mode=False)
            told = said.getvalue().partition("\n")[0].replace(str(self.home.path), str(self.directory))
            output.wrapped(told, "    ")
            if words[0] == "new":
                self.key = told.partition(":")[0]
            if words[0] == "init":
                self._mark()

    def _refused(self, arguments: list[str]) -> None:
        """Run a command that is refused, and print its refusal as the command line would."""
        try:
            cli.main(arguments, prog_name="ikz", standalone_mode=False)
        except RequirementsUnmet as refusal:
            output.say()
            output.say(str(refusal))
            show_items(refusal.missing, App(self.directory))

    def _mark(self) -> None:
        from ikz_workflow.services import audit

        _write_marker(self.home, f"Verlauf: {audit.checkpoint(self.home).log_id}")

    def _edit(self, kind: str, old: str, new: str) -> None:
        """Change the newest version of a document in a file of its own, as the clerk would in Word."""
        from ikz_workflow.services import documents

        made = documents.read(self.home, self.key, kind)
        self.edited = self.folder / made.file_name
        with zipfile.ZipFile(io.BytesIO(made.content)) as before, zipfile.ZipFile(self.edited, "w") as after:
            for part in before.infolist():
                content = before.read(part)
                if part.filename == "word/document.xml":
                    content = content.replace(escape(old).encode(), escape(new).encode())
                after.writestr(part, content)
        output.wrapped(_("(in Word: aus „{old}“ wird „{new}“)").format(old=old, new=new), "  ")


def _steps(script: str) -> Iterator[str]:
    """Return the steps of a script, indented lines joined to the step before."""
    for block in re.split(r"\n(?!  |\Z)", script.strip()):
        step = " ".join(line.strip() for line in block.split("\n"))
        if step:
            yield step


def _shortened(line: str) -> str:
    """Return a line cut to the terminal's width."""
    room = max(40, min(output.width(), 110))
    return line if len(line) <= room else line[: room - 1].rstrip() + "…"


def _farewell(home: Home, directory: Path) -> None:
    """Print what was written and what to try next."""
    output.say()
    output.heading(_("Geschriebene Word-Dateien"))
    for path in sorted((home.path / "documents").glob("*.docx")):
        output.say(f"  {directory / 'documents' / path.name}")
    from ikz_workflow.services import proposals

    keys = [line.key for line in proposals.listing(home)]
    output.say()
    output.heading(_("Zum Ausprobieren"))
    app = App(directory)
    for command, what in (
        (f"ikz status {keys[0]}", _("was als Nächstes möglich ist")),
        (f"ikz history {keys[1]}", _("woran die Leitstellen scheiterten")),
        ("ikz verify", _("beweist, dass nichts verändert wurde")),
    ):
        output.say(f"  {app.command(command)}")
        output.say(f"      {what}")


# ------------------------------------------------------------------------------------------------------------ its home
def _prepare(home: Home, directory: Path) -> None:
    """Leave the home empty but for the marker. InvalidInput or StorageError, and nothing touched, if it is not ours."""
    try:
        found = [path for path in home.path.iterdir() if not _is_leftover(path)] if home.path.is_dir() else []
        if found and not (home.path / MARKER).is_file():
            why = _("Der Ordner ist nicht leer und nicht von der Demo. Bitte einen neuen nennen: ikz demo ORDNER")
            raise InvalidInput(str(directory), "", why)
        home.path.mkdir(parents=True, exist_ok=True)
        marker = (home.path / MARKER).read_text(encoding="utf-8", errors="replace") if found else ""
        aside = _clear(home, directory, marker)
    except OSError as error:
        what = _("{path} lässt sich nicht lesen oder schreiben ({why}).").format(path=directory, why=error.strerror)
        raise StorageError(what, _("Bitte Rechte und freien Platz prüfen.")) from None
    if aside is not None:
        kept = _("In der Datenbank der früheren Demo stehen weitere Einträge; sie bleibt erhalten als {name}.")
        output.wrapped(kept.format(name=directory / aside.name))


def _clear(home: Home, directory: Path, marker: str) -> Path | None:
    """Remove the documents and the database of an earlier run; return where the database went if it has more in it."""
    log = _LOG_ID.search(marker)
    ours, last = (log.group(1) if log else ""), _LAST.search(marker)
    stored, continued = _examined(home, directory, ours, int(last.group(1)) if last else None, _BEING_MADE in marker)
    documents = home.path / "documents"
    files = [path for path in documents.rglob("*") if not path.is_dir()] if documents.is_dir() else []
    for path in files:
        if not _is_leftover(path) and hashlib.sha256(path.read_bytes()).hexdigest() not in stored:
            why = _(
                "Die Datei ist nicht die der Demo und ginge verloren. Bitte in einen anderen Ordner legen, "
                "dann wiederholen."
            )
            raise InvalidInput(str(directory / path.relative_to(home.path)), "", why)
    for path in files:
        path.unlink()
    _write_marker(home, (f"Verlauf: {ours}\n" if ours else "") + _BEING_MADE)
    database = home.path / "ikz.db"
    aside = None
    if continued:
        numbers = range(1, 1_000_000)
        aside = next(p for n in numbers if not (p := database.with_name(f"ikz-vorher-{n}.db")).exists())
        database.replace(aside)
    for path in home.path.glob("ikz.db*"):
        path.unlink()
    return aside


def _examined(home: Home, directory: Path, ours: str, last: int | None, being_made: bool) -> tuple[set[str], bool]:
    """Return the SHA-256 of all documents in the database found, and whether its history went on after the demo."""
    if not (home.path / "ikz.db").exists():
        return set(), False
    from ikz_workflow.services import audit, documents, proposals

    remedy = _("Bitte einen neuen Ordner nennen: ikz demo ORDNER")
    try:
        if being_made and not home.database.exists():
            return set(), False  # the run was killed before the tables were there
        log = audit.checkpoint(home)
        keys = [line.key for line in proposals.listing(home)]
        stored = {version.file_hash for key in keys for _label, version, _votes in documents.versions(home, key)}
    except StorageError as error:
        raise StorageError(error.what, remedy) from None
    finally:
        home.database.close()
    if log.log_id != ours and (keys or not being_made):
        what = _("Die Datenbank in {path} ist nicht die der Demo.").format(path=directory)
        raise StorageError(what, remedy)
    return stored, last is not None and log.seq > last


def _is_leftover(path: Path) -> bool:
    """Tell whether a file is what a killed run left behind of a file it was writing."""
    return path.name.startswith(".ikz-") and path.suffix == ".tmp"


def _write_marker(home: Home, state: str) -> None:
    from ikz_workflow.services import documents

    text = _(
        "Dieser Ordner enthält ein Beispiel. „ikz demo“ ersetzt Datenbank und Dokumente darin, wenn der Befehl "
        "wiederholt wird; eigene Vorhaben gehören in einen eigenen Ordner."
    )
    documents.write_file(home.path / MARKER, f"{text}\n{state}\n".encode())
