{{/* Plate numbers: clear, as pseudonyms, or not at all. The keys come from a Secret. */}}

{{- define "platestream.privacyConfig" -}}
plate_number: {{ .Values.privacy.plateNumber }}
{{- if .Values.privacy.existingSecret }}
keys_file: /etc/platestream-privacy/plate-keys.yaml
{{- end }}
{{- end -}}

{{/* The whole folder: the service reads changed keys, which a subPath would never bring. */}}
{{- define "platestream.privacyMounts" -}}
{{- if .Values.privacy.existingSecret -}}
- name: privacy-keys
  mountPath: /etc/platestream-privacy
  readOnly: true
{{- end -}}
{{- end -}}

{{- define "platestream.privacyVolumes" -}}
{{- with .Values.privacy -}}
{{- if .existingSecret -}}
- name: privacy-keys
  secret:
    secretName: {{ .existingSecret }}
    defaultMode: 0440
    items:
      - key: {{ .keysKey }}
        path: plate-keys.yaml
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "platestream.validatePrivacy" -}}
{{- $privacy := .config.privacy -}}
{{- if and (eq $privacy.plate_number "hmac") (not $privacy.keys_file) -}}
{{- fail "privacy.existingSecret is required with privacy.plateNumber hmac: a Secret with the keys file that `platestream privacy-key` makes entries of" -}}
{{- end -}}
{{- if and .root.Values.privacy.existingSecret (ne $privacy.plate_number "hmac") -}}
{{- fail (printf "privacy.existingSecret is for privacy.plateNumber hmac, and it is %s" $privacy.plate_number) -}}
{{- end -}}
{{- end -}}
