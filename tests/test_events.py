# ruff: noqa: E501  a stored payload stands here as it is stored, for ever
"""Events are stored in canonical form, and what was stored once is read for ever."""

from __future__ import annotations

import json
import unicodedata
from typing import Any, get_args

import msgspec
import pytest
import rfc8785
from homes import blank
from hypothesis import given, settings
from hypothesis import strategies as st

from ikz_workflow import events
from ikz_workflow.definition import Definition
from ikz_workflow.errors import HistoryBroken
from ikz_workflow.history import Row, canonical, read_payload
from ikz_workflow.proposal import Actor, Party

# Written once, when the form was new. Never edit a line: a changed line is a history that cannot be read any more.
GOLDEN = [
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","on":null,"previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":1,"subject":"IKZ-2026-0001","v":1,"version":1,"what":{"after":"IKZ-2003-0001","department":"fb-23","sample":true,"stage":"idea","title":"c:1111111111111111111111111111111111111111111111111111111111111111","topic":"compensatory-planting","type":"created","workflow":"kooperation"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","on":null,"previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":26,"subject":"IKZ-2026-0001","v":1,"version":1,"what":{"after":"IKZ-2003-0001","department":"fb-23","fingerprint":"c:3333333333333333333333333333333333333333333333333333333333333333","sample":true,"stage":"idea","title":"c:1111111111111111111111111111111111111111111111111111111111111111","topic":"compensatory-planting","type":"created","workflow":"kooperation"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2003","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":2,"subject":"IKZ-2026-0001","v":1,"version":2,"what":{"bodies":{"council":["landeshauptstadt-magdeburg","landkreis-boerde"],"signature":["landkreis-boerde"]},"form":"delegating-agreement","form_sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","source":"council-vote","target":"in-force","transition":"enact","type":"advanced"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","on":"2011-02","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":3,"subject":"IKZ-2026-0001","v":1,"version":3,"what":{"effect":"end","reason":"no-result","source":"idea","target":"ended","transition":"fail","type":"advanced"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2026-11-22","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":4,"subject":"IKZ-2026-0001","v":1,"version":4,"what":{"texts":["summary"],"type":"fields-set","values":{"cases":"12.5","cost-today":1234567,"statute-power":false,"summary":"c:1111111111111111111111111111111111111111111111111111111111111111","term":null}}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2026-11-22","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":4,"subject":"IKZ-2026-0001","v":1,"version":4,"what":{"texts":["summary"],"type":"fields-set","values":{"cases":"12.5","cost-today":1234567,"statute-power":false,"summary":"c:1111111111111111111111111111111111111111111111111111111111111111","term":null},"voids":[3,9]}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","on":null,"previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":5,"subject":"IKZ-2026-0001","v":1,"version":5,"what":{"lead":true,"organisation":"landkreis-boerde","standing":"joined","type":"party-set"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","on":null,"previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":5,"subject":"IKZ-2026-0001","v":1,"version":5,"what":{"asked":{"council":["landeshauptstadt-magdeburg","landkreis-boerde"]},"lead":true,"organisation":"landkreis-boerde","standing":"joined","type":"party-set"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2003","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":6,"subject":"IKZ-2026-0001","v":1,"version":6,"what":{"organisation":"landkreis-boerde","person":"c:2222222222222222222222222222222222222222222222222222222222222222","text":"c:1111111111111111111111111111111111111111111111111111111111111111","type":"contact-made"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","on":"2011-02","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":7,"subject":"IKZ-2026-0001","v":1,"version":7,"what":{"answer":"c:1111111111111111111111111111111111111111111111111111111111111111","kind":"parochialism","party":"landkreis-boerde","type":"obstacle-set","weight":3}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2026-11-22","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":8,"subject":"IKZ-2026-0001","v":1,"version":8,"what":{"kind":null,"type":"obstacle-set"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","on":null,"previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":9,"subject":"IKZ-2026-0001","v":1,"version":9,"what":{"attachment":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","check":"vat","evidence":"c:1111111111111111111111111111111111111111111111111111111111111111","result":"risk-accepted","type":"check-answered"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2003","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":10,"subject":"IKZ-2026-0001","v":1,"version":10,"what":{"due":"2027-03","party":"landkreis-boerde","title":"c:1111111111111111111111111111111111111111111111111111111111111111","type":"milestone-added"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","on":"2011-02","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":11,"subject":"IKZ-2026-0001","v":1,"version":11,"what":{"number":1,"type":"milestone-done"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2026-11-22","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":12,"subject":"IKZ-2026-0001","v":1,"version":12,"what":{"attachment":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","bodies":["landeshauptstadt-magdeburg","landkreis-boerde"],"body":"landkreis-boerde","corrects":7,"evidence":"c:3333333333333333333333333333333333333333333333333333333333333333","form":"delegating-agreement","form_sha256":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","gate":"council","outcome":"adopted-amended","reference":"DS0438/21","text":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","type":"decided","votes":[43,0,1]}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2026-11-22","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":12,"subject":"IKZ-2026-0001","v":1,"version":12,"what":{"amends":true,"attachment":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","bodies":["landeshauptstadt-magdeburg","landkreis-boerde"],"body":"landkreis-boerde","corrects":7,"evidence":"c:3333333333333333333333333333333333333333333333333333333333333333","form":"delegating-agreement","form_sha256":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","gate":"council","name":"Kreistag – Landkreis Börde","outcome":"adopted-amended","reference":"DS0438/21","text":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","type":"decided","votes":[43,0,1]}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","on":null,"previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":13,"subject":"IKZ-2026-0001","v":1,"version":13,"what":{"file_hash":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","kind":"agreement","number":2,"origin":"filed","size":18211,"text_hash":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","type":"document-added"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","on":null,"previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":13,"subject":"IKZ-2026-0001","v":1,"version":13,"what":{"file_hash":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","kind":"agreement","number":2,"open":3,"origin":"filed","size":18211,"text_hash":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","type":"document-added"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2003","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":14,"subject":"IKZ-2026-0001","v":1,"version":14,"what":{"file_hash":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","kind":"guideline","number":1,"origin":"generated","size":18211,"template_sha256":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","text_hash":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","type":"document-added"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","on":"2011-02","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":15,"subject":"IKZ-2026-0001","v":1,"version":15,"what":{"kind":"c:3333333333333333333333333333333333333333333333333333333333333333","name":"c:1111111111111111111111111111111111111111111111111111111111111111","sha256":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","size":4711,"type":"attached"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2026-11-22","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":16,"subject":"IKZ-2026-0001","v":1,"version":16,"what":{"clerk":"c:1111111111111111111111111111111111111111111111111111111111111111","department":"fb-23","type":"assigned"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","on":null,"previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":17,"subject":"IKZ-2026-0001","v":1,"version":17,"what":{"type":"noted"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":null,"note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2003","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":18,"subject":"topic/x","v":1,"version":18,"what":{"organisation":{"authority":"landesverwaltungsamt-sachsen-anhalt","council":"Kreistag","head":"Landrat","kind":"county","name":"Landkreis Börde","seat":"Haldensleben","source":"Gesetz","state":"Sachsen-Anhalt","successors":["x"],"valid_from":"2007-07-01"},"type":"organisation-registered"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":null,"on":"2011-02","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":19,"subject":"topic/x","v":1,"version":19,"what":{"department":{"head":"Dezernat II","name":"Fachbereich 23","short":"FB 23","source":"Bericht"},"type":"department-registered"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":null,"note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2026-11-22","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":20,"subject":"topic/x","v":1,"version":20,"what":{"topic":{"label":"Winterdienst","origins":["Workshop"],"source":"Bericht"},"type":"topic-registered"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":null,"note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2026-11-22","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":24,"subject":"topic/x","v":1,"version":24,"what":{"department":"fb-23","type":"topic-assigned"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":null,"note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2026-11-22","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":25,"subject":"cooperation/x","v":1,"version":25,"what":{"cooperation":{"basis":"LEntwG LSA","department":"fb-23","form":"Planungsgemeinschaft","label":"Regionale Planungsgemeinschaft","partners":["landkreis-boerde"],"prescribed":true,"since":"2006","source":"Bericht"},"type":"cooperation-registered"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":null,"on":null,"previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":21,"subject":"topic/x","v":1,"version":21,"what":{"form":{"basis":"§ 3","basis_decides":"§ 45","basis_publication":"§ 3","basis_supervision":"§ 5","checked_by":"K. Meier","checked_on":"2026-11-22","decides":"councils","decides_note":"a","directions":["interkommunal"],"document":"agreement","key":"zv","label":"Zweckvereinbarung","must":["Aufgaben"],"publication":"required","publication_note":"c","source":"GKG","supervision":"approval","supervision_note":"b","valid_from":"2024-07-01","valid_to":"2030-01-01","variant":"delegating"},"type":"form-registered"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":null,"note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2003","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":22,"subject":"topic/x","v":1,"version":22,"what":{"account":"c:2222222222222222222222222222222222222222222222222222222222222222","name":"c:1111111111111111111111111111111111111111111111111111111111111111","roles":["clerk","head"],"type":"person-registered"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":null,"on":"2011-02","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":23,"subject":"topic/x","v":1,"version":23,"what":{"granted":["head"],"revoked":["clerk"],"type":"roles-changed"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2026-11-22","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":24,"subject":"IKZ-2026-0001","v":1,"version":24,"what":{"taken_from":"IKZ-2003-0001","texts":["summary"],"type":"fields-set","values":{"cases":"12.5","cost-today":1234567,"summary":"c:1111111111111111111111111111111111111111111111111111111111111111"}}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2003","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":24,"subject":"IKZ-2026-0001","v":1,"version":24,"what":{"due":"2027-03","number":4,"title":"c:1111111111111111111111111111111111111111111111111111111111111111","type":"milestone-added"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2003","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":25,"subject":"IKZ-2026-0001","v":1,"version":25,"what":{"seq":7,"type":"corrected"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2003","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":26,"subject":"IKZ-2026-0001","v":1,"version":26,"what":{"from_version":1,"lost":["pilot"],"target":"ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff","to_version":2,"type":"migrated"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":null,"on":"2011-02","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":27,"subject":"topic/x","v":1,"version":27,"what":{"by":"Amt 30","checker":"c:1111111111111111111111111111111111111111111111111111111111111111","day":"2026-11-22","type":"form-confirmed"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2011-02","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":99,"subject":"IKZ-2026-0001","v":1,"version":99,"what":{"effect":"suspend","review":"2027-03-01","source":"idea","target":"idea","transition":"suspend","type":"advanced"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","on":"2011-02","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":28,"subject":"IKZ-2026-0001","v":1,"version":28,"what":{"effect":"end","reason":"continued","source":"answered","started":"IKZ-2026-0002","target":"taken-over","transition":"take-over","type":"advanced"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":null,"on":"2011-02","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":100,"subject":"person/x","v":1,"version":1,"what":{"account":"c:2222222222222222222222222222222222222222222222222222222222222222","departments":["fb-01","fb-23"],"name":"c:1111111111111111111111111111111111111111111111111111111111111111","roles":["clerk"],"type":"person-registered"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":null,"on":"2011-02","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":101,"subject":"person/x","v":1,"version":2,"what":{"departments":["fb-23"],"type":"departments-changed"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","on":null,"previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":102,"subject":"IKZ-2026-0001","v":1,"version":102,"what":{"after":"IKZ-2003-0001","department":"fb-23","fingerprint":"c:3333333333333333333333333333333333333333333333333333333333333333","non_public":true,"sample":true,"stage":"idea","title":"c:1111111111111111111111111111111111111111111111111111111111111111","topic":"compensatory-planting","type":"created","workflow":"kooperation"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2026-11-22","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":103,"subject":"IKZ-2026-0001","v":1,"version":103,"what":{"amends":true,"attachment":"bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb","bodies":["landeshauptstadt-magdeburg","landkreis-boerde"],"body":"landkreis-boerde","corrects":7,"evidence":"c:3333333333333333333333333333333333333333333333333333333333333333","form":"delegating-agreement","form_sha256":"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc","gate":"council","name":"Kreistag – Landkreis Börde","non_public":true,"outcome":"adopted-amended","reference":"DS0438/21","text":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa","type":"decided","votes":[43,0,1]}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","on":null,"previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":104,"subject":"IKZ-2026-0001","v":1,"version":104,"what":{"non_public":true,"type":"marked"}}',
    '{"actor":{"behalf":"c:3333333333333333333333333333333333333333333333333333333333333333","person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":null,"on":"2011-02","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":105,"subject":"person/x","v":1,"version":3,"what":{"appointed":["mueller"],"dismissed":["schulz"],"type":"deputies-changed"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"centre"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","on":"2011-02","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":106,"subject":"IKZ-2026-0001","v":1,"version":106,"what":{"basis":"c:3333333333333333333333333333333333333333333333333333333333333333","files":["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"],"texts":["c:1111111111111111111111111111111111111111111111111111111111111111"],"type":"erased"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"centre"},"at":"2026-11-22T11:00:00.000001Z","definition":null,"on":"2011-02","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":107,"subject":"person/x","v":1,"version":4,"what":{"basis":"c:3333333333333333333333333333333333333333333333333333333333333333","texts":["c:1111111111111111111111111111111111111111111111111111111111111111"],"type":"entry-erased"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2011-02","once":"c:4444444444444444444444444444444444444444444444444444444444444444","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":108,"subject":"IKZ-2026-0001","v":1,"version":108,"what":{"type":"noted"}}',
    '{"actor":{"person":"c:2222222222222222222222222222222222222222222222222222222222222222","role":"clerk"},"asked":"c:5555555555555555555555555555555555555555555555555555555555555555","at":"2026-11-22T11:00:00.000001Z","definition":"eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee","note":"c:1111111111111111111111111111111111111111111111111111111111111111","on":"2011-02","once":"c:4444444444444444444444444444444444444444444444444444444444444444","previous":"dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd","seq":110,"subject":"IKZ-2026-0001","v":1,"version":110,"what":{"type":"noted"}}',
]
KINDS: dict[str, type[events.Event]] = {
    one.__struct_config__.tag: one  # type: ignore[misc]
    for one in (*get_args(events.ProposalEvent), *get_args(events.AnyRegisterEvent))
}


def row_of(payload: str) -> Row:
    told: dict[str, Any] = json.loads(payload)
    return Row(told["seq"], told["subject"], told["version"], told["at"], payload, "0" * 64, "0" * 64)


def test_there_is_a_golden_payload_of_every_event() -> None:
    assert {json.loads(payload)["what"]["type"] for payload in GOLDEN} == set(KINDS)


@pytest.mark.parametrize(
    "payload", GOLDEN, ids=[f"{n}-{json.loads(one)['what']['type']}" for n, one in enumerate(GOLDEN)]
)
def test_a_golden_payload_is_read_and_written_to_the_same_bytes(payload: str) -> None:
    record = read_payload(row_of(payload))
    assert canonical(record) == payload
    assert rfc8785.dumps(json.loads(payload)) == payload.encode()


def test_every_field_of_every_event_stands_in_some_golden_payload() -> None:
    """A field that is added later gets a default, and so leaves every golden payload as it is."""
    seen: dict[str, set[str]] = {name: set() for name in KINDS}
    for payload in GOLDEN:
        what = json.loads(payload)["what"]
        seen[what["type"]] |= set(what) - {"type"}
    missing = {name: set(kind.__struct_fields__) - seen[name] for name, kind in KINDS.items()}
    assert {name: fields for name, fields in missing.items() if fields} == {}


# ------------------------------------------------------------------------------------------------ canonical form
_TEXT = st.text(st.characters(exclude_categories=["Cs"])).map(lambda text: unicodedata.normalize("NFC", text))
_ODD = st.sampled_from(
    ["", "\u2028\u2029", "\x7f\x80", "\ufeff", "👩‍👩‍👧🏴󠁧󠁢󠁥󠁮󠁧󠁿", "é", "𝒳ﬀ", '"\\/\b\f\n\r\t', "\x00\x1f", "ẞß", "</script>"]
)
_WORD = _TEXT | _ODD
_KEY = st.from_regex(r"[a-z][a-z0-9-]{0,12}", fullmatch=True)
_VALUE = _WORD | st.integers(-(2**53) + 1, 2**53 - 1) | st.booleans() | st.none()


def record(what: Any, **changes: Any) -> events.Record:
    values: dict[str, Any] = {
        "v": 1, "seq": 1, "subject": "IKZ-2026-0001", "version": 1, "previous": "", "at": "2026-11-22T11:00:00.000000Z",
        "on": None, "actor": Actor("c:1", "clerk"), "definition": "d" * 64, "what": what, **changes,
    }  # fmt: skip
    return events.Record(**values)


@settings(max_examples=300)
@given(values=st.dictionaries(_KEY, _VALUE, max_size=6), subject=_WORD, note=st.none() | _WORD, role=_WORD)
def test_the_canonical_text_is_that_of_rfc_8785(
    values: dict[str, Any], subject: str, note: str | None, role: str
) -> None:
    one = record(events.FieldsSet(values), subject=subject, note=note, actor=Actor(subject, role))
    payload = canonical(one)
    assert payload.encode() == rfc8785.dumps(json.loads(payload))
    assert read_payload(row_of(payload)) == one
    assert unicodedata.normalize("NFC", payload) == payload


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_schema_of_every_event_knows_no_fraction(kind: str) -> None:
    """Money is in cents, numbers and dates are text: a float has more than one way to be written."""
    assert '"type": "number"' not in json.dumps(msgspec.json.schema(KINDS[kind]))


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text.replace('"clerk"', '"clerk" '),
        lambda text: text.replace("{", "{ ", 1),
        lambda text: text.replace('"v":1', '"v":1.0'),
        lambda text: text.replace('"v":1', '"v":1e0'),
        lambda text: text.replace("clerk", "cl\\u0065rk"),
        lambda text: text.replace('"v":1', '"v":1,"v":1'),
        lambda text: text.replace('"v":1', '"v":2'),
        lambda text: text.replace('"v":1', '"v":"1"'),
        lambda text: text.replace('"what":', '"extra":1,"what":'),
        lambda text: text.replace('"type":"noted"', '"type":"unheard-of"'),
        lambda text: text.replace('"on":null,', ""),
        lambda text: text.replace('"seq":1', '"seq":2'),
        lambda text: text + "\n",
        lambda text: "",
        lambda text: "[" * 100_000,
        lambda text: text[:-1] + ',"note":null}',
    ],
)
def test_what_is_not_written_canonically_is_refused_by_its_row(change: Any) -> None:
    payload = canonical(record(events.Noted()))
    assert read_payload(row_of(payload))
    told = change(payload)
    assert told != payload
    with pytest.raises(HistoryBroken, match="Verlauf 1"):
        read_payload(Row(1, "IKZ-2026-0001", 1, "2026-11-22T11:00:00.000000Z", told, "", ""))


# ------------------------------------------------------------------------------------------------ what events make
def test_the_first_event_is_the_creation_and_there_is_only_one(kooperation: Definition) -> None:
    created = events.Created("c:1", "kooperation", "idea", "fb-23")
    first = events.apply(None, record(created), "a" * 64)
    assert (first.version, first.head, first.stage, first.created) == (
        1,
        "a" * 64,
        "idea",
        "2026-11-22T11:00:00.000000Z",
    )
    for what, version in ((events.Noted(), 1), (created, 2)):
        with pytest.raises(ValueError):
            events.apply(None, record(what, version=version), "a" * 64)
    with pytest.raises(ValueError):
        events.apply(first, record(created, version=2, previous="a" * 64), "b" * 64)


@pytest.mark.parametrize(("version", "previous"), [(1, "0" * 64), (3, "0" * 64), (2, "1" * 64), (2, "")])
def test_an_event_follows_the_one_before_or_not_at_all(kooperation: Definition, version: int, previous: str) -> None:
    with pytest.raises(ValueError):
        events.apply(blank(kooperation), record(events.Noted(), version=version, previous=previous), "b" * 64)


def test_an_event_changes_only_what_it_says(kooperation: Definition) -> None:
    before = blank(kooperation, parties=(Party("a", "joined", True),), fields={"goals": "c:1"})
    after = events.apply(
        before, record(events.PartySet("b", "joined", True), version=2, previous="0" * 64, on="2003"), "b" * 64
    )
    assert after.parties == (Party("a", "joined", False), Party("b", "joined", True, "2003"))
    assert (
        msgspec.structs.replace(after, parties=before.parties, version=1, head=before.head, changed="", told=0)
        == before
    )


def test_every_commitment_an_event_brings_is_named_by_its_record() -> None:
    """Whoever erases a text finds all of them: what looks like a commitment is one the record names.

    What was erased opens to nothing any more, so the record of the erasure names only its reason.
    """
    for payload in GOLDEN:
        one = read_payload(row_of(payload))
        gone = getattr(one.what, "texts", ()) if "erased" in str(one.what.__struct_config__.tag) else ()
        found = {part for part in json.dumps(json.loads(payload)).split('"') if part.startswith("c:")}
        assert set(one.commitments()) == found - set(gone), payload
